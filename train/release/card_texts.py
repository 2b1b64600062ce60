"""What model cards say under the headings of Mitchell et al. 2019 (arXiv 1810.03993).

Figures, facts and limits are added from the model's own files (`train/release/card.py`).
"""

TEXTS = {
    "Model details": """\
A vision-language model and a dual encoder for 3D CT in the published Med3DVLM architecture
(arXiv 2503.20047): a DCFormer volume encoder, a dual-stream mixer, a Qwen2 language model, and
a second encoder with a text tower for search. Licence: MIT.""",
    "Intended use": """\
Research and teaching: to see what such models can and can't do, to develop and test software,
and to compare methods. Users are researchers, teachers and students. Not intended are
diagnosis, triage, or any decision about a patient, and any use in which nobody checks the
answers.""",
    "Factors": """\
What an answer depends on: body region and field of view, acquisition plane and slice thickness,
contrast phase, noise, kind and size of a finding, and the wording of a question. Figures by
kind of finding and by type of question are below.""",
    "Metrics": """\
Closed questions by letter, by words and leniently as published; yes/no questions; open
questions by exact match, F1 of words, METEOR, BLEU and ROUGE; reports by findings with their
place, and by the same text metrics; search by recall among the first 1, 5 and 10. Intervals are
95 % bootstrap intervals over cases. Beside each figure stand the same model without its image,
and chance.""",
    "Evaluation data": "Held-out cases of the training data.",
    "Training data": "",
    "Quantitative analyses": "In percent, decoding greedily.",
    "Ethical considerations": """\
The model writes fluent sentences whether they are true or not, and states findings that aren't
there. Whoever shows it to others should say so. Its answers must not enter a patient's record.""",
    "Caveats and recommendations": """\
Compare each figure with the image-blind column first. Ask yes/no questions in both directions,
and look at the probabilities. A scan that is unlike the training data is flagged: take no
answer about it as a fact.""",
}
PHANTOM_TEXTS = {
    "Evaluation data": """\
PhantomBench 1.0 (`docs/phantombench.md`): synthetic CTs whose seeds were used for nothing else,
with up to 14 questions each in the wording of the training. Its words and pictures come from
the generator of the training data, so the figures are upper bounds. Others' words and real
scans are in `docs/results.md`.""",
    "Training data": """\
Seeds, and thereby truths, are disjoint from those of validation and test
(`med3dvlm/phantoms/splits.py`). Anatomy, noise and findings are drawn by simple rules: bodies
are more alike than people are, and groups of people (age, sex, origin) aren't modelled at all.""",
    "Ethical considerations": """\
No patient's data was used. The model writes fluent sentences whether they are true or not; of a
real scan they mean nothing. Whoever shows it to others should say so. Its answers must not
enter a patient's record. How it would treat groups of people was not measured and can't be, on
phantoms.""",
}
