"""What the processor of this machine computes itself.

cpu_has_bfloat16()   # False on a laptop with AVX2 alone
"""

import torch


def cpu_has_bfloat16() -> bool:
    """Whether it multiplies bfloat16 itself; others emulate that, and float32 is faster there."""
    return bool(torch.cpu._is_avx512_bf16_supported())
