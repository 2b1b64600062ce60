"""The whole page: its layout, and how the parts react to each other's events.

page = build_page(services, library)
page.launch(**launch_options(settings, server))
"""

from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from med3dvlm.config import Settings
from med3dvlm.hosting.gate.middleware import guard_middleware
from med3dvlm.hosting.models.choice import ModelChoice
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.services import Services
from med3dvlm.hosting.server import Server
from med3dvlm.retrieval import Library
from med3dvlm.ui.api import ENDPOINTS, build_api
from med3dvlm.ui.chat import tab as chat_tab
from med3dvlm.ui.chat import wiring as chat_wiring
from med3dvlm.ui.explain import tab as explain_tab
from med3dvlm.ui.fitting_values import take_fitting_values
from med3dvlm.ui.learn import tab as learn_tab
from med3dvlm.ui.missing_values import fill_missing_values
from med3dvlm.ui.model import choice as model_choice
from med3dvlm.ui.model import status as model_status
from med3dvlm.ui.model import view as model_view
from med3dvlm.ui.model.choice import ModelChooser
from med3dvlm.ui.model.status import ModelStatus
from med3dvlm.ui.page.accepting import accept_few_at_once
from med3dvlm.ui.page.assets import Assets
from med3dvlm.ui.page.events import PRIVATE, QUICK
from med3dvlm.ui.page.fair_events import share_the_queue
from med3dvlm.ui.page.first_event import spare_matplotlib
from med3dvlm.ui.page.footer import build_footer
from med3dvlm.ui.page.packing import PackedPage
from med3dvlm.ui.page.quiet import quieten
from med3dvlm.ui.page.script import script
from med3dvlm.ui.page.session import session_states
from med3dvlm.ui.page.statistics import keep_no_statistics
from med3dvlm.ui.page.stopping import Switches
from med3dvlm.ui.page.streams import send_updates_whole
from med3dvlm.ui.page.theme import STYLE_SHEETS, theme
from med3dvlm.ui.page.turning import Turning
from med3dvlm.ui.page.upload_forms import take_files_alone
from med3dvlm.ui.page.upload_progress import forget_progress
from med3dvlm.ui.report import tab as report_tab
from med3dvlm.ui.report import wiring as report_wiring
from med3dvlm.ui.scan import labels as scan_labels
from med3dvlm.ui.scan import panel as scan_panel
from med3dvlm.ui.scan import plots as scan_plots
from med3dvlm.ui.scan import truth as scan_truth
from med3dvlm.ui.search import tab as search_tab
from med3dvlm.ui.search.shelf import FIRST, Libraries
from med3dvlm.ui.whole_inputs import take_whole_texts
from med3dvlm.volumes import Limits
from med3dvlm.volumes.limits import DEFAULT_LIMITS

TITLE = "Med3DVLM"
# Seconds between checks of Gradio's cache (viewer payloads, reports), and the age at which its
# files are removed.
SWEEP, KEEP = 600, 3600
VISITORS = 200  # states kept in memory; above that, one of a closed page is dropped first
WAITING = 400  # events of all visitors; the model's own queue is shorter
THREADS = 100  # one per running or waiting handler


def build_page(
    services: Loading[Services],
    library: Loading[Library],
    limits: Limits = DEFAULT_LIMITS,
    server: Server | None = None,
    choice: ModelChoice | None = None,
    libraries: Libraries | None = None,
) -> gr.Blocks:
    """Build the page; the models may still be loading.

    Args:
        services: the models.
        library: the library of the search tab.
        limits: limits on uploads.
        server: the parts of a server besides the page; None in tests.
        choice: the configured models, where there are several.
        libraries: further libraries to search in, by name.
    """
    _settle_libraries()
    switches = _switches_of(server)
    page: gr.Blocks
    with gr.Blocks(
        title=TITLE, delete_cache=(SWEEP, KEEP), analytics_enabled=False, fill_width=True
    ) as page:
        session = session_states()
        turning, at_hand = Turning(session.scan), Turning(session.scan)
        badge, chooser = _build_head(choice)
        with gr.Row(elem_id="work-row"):
            with gr.Column(scale=8, min_width=340, elem_id="look"):
                panel = scan_panel.build(session, switches, limits)
                truth = scan_truth.build(session, switches, services, panel)
                scan_labels.build(session, switches, panel).wire(turning)
                view = model_view.build(session, services, panel.tabs)
                scan_plots.build(session, panel.tabs).wire(turning)
            with gr.Column(scale=5, min_width=340, elem_id="talk"):
                status = model_status.build_status(session, switches, services, badge)
                with gr.Tabs(elem_id="tabs", overflow_behavior="wrap") as tabs:
                    with gr.Tab("Chat", id="chat"):
                        chat = chat_tab.build(session, switches, services)
                    with gr.Tab("Report", id="report"):
                        report = report_tab.build(session, switches, services)
                    with gr.Tab("Search", id="search"):
                        search = search_tab.build(
                            session, services, {FIRST: library, **(libraries or {})},
                            files=server.scans if server else None, switches=switches,
                        )  # fmt: skip
                    with gr.Tab("Explain", id="explain"):
                        explain = explain_tab.build(session, switches, services, panel, library)
                        explain.wire(tabs, turning)
                    learn_tab.build(session, switches, services, library).wire(page, tabs)
        build_footer()
        build_api(services, library, limits, switches)
        panel.wire(page, turning)
        view.wire(panel.viewer)
        truth.wire(status, panel, turning)
        status.wire()
        chat_wiring.wire(chat, status, panel, at_hand)
        report_wiring.wire(report, status, panel, at_hand)
        search.wire(status, panel, at_hand)
        at_hand.wire()
        turning.wire()
        _greet(page, status, chooser, switches)
    return _served(page)


def _served(page: gr.Blocks) -> gr.Blocks:
    """The page with its queue, and without what Gradio records of visits."""
    fill_missing_values(page, ENDPOINTS)
    take_whole_texts(page)
    take_fitting_values(page)
    page.queue(max_size=WAITING)
    keep_no_statistics(page)
    return page


def _build_head(choice: ModelChoice | None) -> tuple[gr.HTML, ModelChooser | None]:
    """The badge of the model that answers, and the choice between models."""
    with gr.Column(elem_id="head"):
        return model_status.build_badge(), model_choice.build(choice)


def _settle_libraries() -> None:
    """Change what libraries do by themselves: warnings, imports, what they take and send."""
    quieten()
    send_updates_whole()
    spare_matplotlib()
    take_files_alone()
    accept_few_at_once()
    share_the_queue()


def _switches_of(server: Server | None) -> Switches:
    """What stops running tasks, also those of a visitor who has left the server."""
    if server is None:
        return Switches()
    switches = Switches(
        server.queue,
        server.budget,
        server.readers.open,
        server.ownership.sessions.is_open,
        server.readers.labels,
    )
    server.ownership.when_hung_up(switches.hang_up)
    return switches


def _greet(
    page: gr.Blocks, status: ModelStatus, chooser: ModelChooser | None, switches: Switches
) -> None:
    """What every page does once it is open, and when it closes."""
    how = PRIVATE | {"concurrency_limit": None}
    if chooser is not None:
        chooser.wire(status)
        page.load(chooser.current, None, chooser.box, **how)
    page.load(status.announce_guarded, None, status.badge, **how)
    page.load(None, None, None, js=script(), **QUICK)
    page.unload(switches.forget)


def forget_session(page: gr.Blocks, session: str) -> None:
    """Remove the state of a closed page; Gradio itself would keep it for an hour."""
    forget_progress(session)
    holder = page.state_holder
    with holder.lock:
        state = holder.session_data.pop(session, None)
        holder.time_last_used.pop(session, None)
    if state is not None:
        # Tracebacks in Gradio's event loop may hold the state; this frees the scan in it now.
        state.state_data.clear()
        state.config_values.clear()


def launch_options(settings: Settings, server: Server) -> dict[str, Any]:
    """The arguments of `launch`: no visit is recorded, and nothing loads from other sites."""
    return {
        "app_kwargs": {
            "middleware": [
                guard_middleware(server.guard),
                Middleware(PackedPage),
                Middleware(Assets),
            ]
        },
        "auth": server.logins.accepts if server.logins else None,
        "prevent_thread_lock": True,
        "mcp_server": settings.mcp,
        "ssr_mode": False,
        "max_threads": THREADS,
        "theme": theme(),
        "css_paths": STYLE_SHEETS,
        "run_history": False,
        "enable_monitoring": False,
        "state_session_capacity": VISITORS,
        "max_file_size": f"{settings.max_upload_mb}mb",
        "footer_links": [],
        "share": False,
        "quiet": True,  # the log says where the page is
        "show_error": False,
    }
