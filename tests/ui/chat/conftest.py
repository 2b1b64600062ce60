import gradio as gr
import pytest

from med3dvlm.ui.chat.tab import ChatTab
from med3dvlm.ui.page.session import Encoded, Scan
from tests.ui.chat.talk import Talk


@pytest.fixture
def talk(chat: ChatTab, scan: Scan, encoded: Encoded, visitor: gr.Request) -> Talk:
    return Talk(chat, scan, encoded, visitor)
