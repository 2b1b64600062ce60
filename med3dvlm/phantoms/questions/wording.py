"""How questions about phantoms are worded, in several phrasings each."""

PLANE_ASKED = (
    "Which plane was this scan acquired in?",
    "What is the acquisition plane?",
    "In which plane are the slices?",
    "What is the imaging plane of this CT?",
)
NO_PLANE = "none, the voxels are as fine along every axis"
NO_REGION = "no chest, abdomen or pelvis"
PHASE_ASKED = (
    "Which contrast phase is this?",
    "What is the phase of contrast enhancement?",
    "In which phase was the scan taken?",
    "What is the contrast phase of this CT?",
)
ORGAN_ASKED = (
    "Which organ is abnormal?",
    "Which of these organs shows a finding?",
    "Where does the abnormality arise?",
    "Which organ is affected?",
)
ORGANS_ASKED = (
    "Which organs are abnormal?",
    "Name the affected organs.",
    "Which organs show a finding?",
)
ABNORMALITY_ASKED = (
    "Which abnormality is present?",
    "What abnormality can be seen?",
    "Which of these findings does the scan show?",
    "What does the scan show?",
)
ABNORMALITIES_ASKED = (
    "What abnormalities are present?",
    "Name the findings.",
    "What is wrong in this scan?",
    "What can be seen?",
    "What do you see?",
)
LOCATION_ASKED = (
    "Where is the {name}?",
    "Where is the {name} located?",
    "Which place does the {name} have?",
    "In which location is the {name}?",
)
PRESENCE_ASKED = (
    "Is there a {name}?",
    "Is there evidence of a {name}?",
    "Does the scan show a {name}?",
    "Is a {name} visible?",
    "Can you see a {name}?",
    "Does the patient have a {name}?",
    "Any {name}?",
    "Is a {name} present?",
)
SIZE_ASKED = ("How large is it?", "What is its size?", "How big is the {name}?")
FOLLOWING_LOCATION = ("Where is it?", "Where exactly?", "On which side or where is it?")
STATE_ASKED = (
    "How does the {organ} look?",
    "Is there anything in the {organ}?",
    "Describe the {organ}.",
    "What about the {organ}?",
)
REGION_ASKED = ("Which part of the body is shown?", "Which body region is this?",
                "What region does the scan cover?")  # fmt: skip
REPORT_ASKED = (
    "Write a report.",
    "Describe the findings.",
    "Please describe this scan.",
    "What are the findings?",
    "Write a radiology report for this scan.",
    "Report this CT.",
    "Generate a report.",
    "Summarize the findings.",
    "Describe the image.",
    "Can you write the report?",
)
