"""What pyproject.toml can't say: a wheel holds `assets/` within the package."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["med3dvlm*", "train*"]), "med3dvlm.assets"],
    package_dir={"med3dvlm.assets": "assets"},
)
