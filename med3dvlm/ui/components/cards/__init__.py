"""A list of things to click: pictures with a title, hits with a score, or questions as chips.

cards = Cards(elem_id="hits")
search.click(find, query, cards)       # find returns [Card(key="7", title="Case 7"), ...]
cards.select(open_it, ...)             # open_it(event: gr.SelectData): event.index is the key
"""

from med3dvlm.ui.components.cards.component import Card, Cards

__all__ = ["Card", "Cards"]
