"""Work that would keep everybody waiting, done away from the event loop by its kind.

    await apart(SMALL_BODIES, partial(check, body))
    await apart(DISK, clear)

A large body takes a while to check, and a disk that writes much lets who asks for a folder wait.
Each kind has threads of its own, so that small bodies wait behind neither.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

SMALL_BODIES = ThreadPoolExecutor(2, thread_name_prefix="small body")
LARGE_BODIES = ThreadPoolExecutor(1, thread_name_prefix="large body")
DISK = ThreadPoolExecutor(2, thread_name_prefix="disk")


async def apart(threads: ThreadPoolExecutor, work: Callable[[], T]) -> T:
    """Do it in one of these threads."""
    return await asyncio.get_running_loop().run_in_executor(threads, work)
