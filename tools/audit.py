"""Asks whether vulnerabilities are known in the packages of lock files, and never passes for want of an answer.

    python tools/audit.py locks/*.txt [--service osv]

pip-audit does the asking. By itself it ends with 0 where its service knows none of the packages, as an index without
that service does; here whatever was not looked up is a failure with a code of its own.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from enum import IntEnum
from typing import Any, Final

PIP_AUDIT: Final = (sys.executable, "-m", "pip_audit", "--progress-spinner", "off", "--format", "json")


class Verdict(IntEnum):
    """How the audit ends; 2 is a wrong command line, as anywhere."""

    CLEAN = 0
    """Every package was looked up, and nothing is known against any."""
    VULNERABLE = 1
    """At least one package is known to be vulnerable."""
    NOT_AUDITED = 3
    """At least one package could not be looked up: that says nothing about it."""


def judged(text: str) -> tuple[Verdict, list[str]]:
    """What pip-audit's JSON means, and a line for each package that is vulnerable and one for those not looked up.

    Raises:
        ValueError: it is not what pip-audit writes.
    """
    try:
        packages = json.loads(text)["dependencies"]
        vulnerable = [_vulnerable(package) for package in packages if package.get("vulns")]
        skipped = [f"{package['name']}: {package['skip_reason']}" for package in packages if "skip_reason" in package]
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("this is not what pip-audit writes") from error
    if skipped:
        skipped = [f"{len(skipped)} of {len(packages)} packages were not looked up, as {skipped[0]}"]
    if vulnerable:
        return Verdict.VULNERABLE, vulnerable + skipped
    return (Verdict.NOT_AUDITED if skipped or not packages else Verdict.CLEAN), skipped


def _vulnerable(package: dict[str, Any]) -> str:
    known = [f"{one['id']} (fixed in {', '.join(one['fix_versions']) or 'no version'})" for one in package["vulns"]]
    return f"{package['name']} {package['version']}: {', '.join(known)}"


def audit(lock: str, service: str) -> Verdict:
    """Audit the packages of one lock file, and print what there is to say."""
    words = [*PIP_AUDIT, "--vulnerability-service", service, "--require-hashes", "--disable-pip", "--requirement", lock]
    asked = subprocess.run(words, capture_output=True, text=True, check=False)
    try:
        verdict, lines = judged(asked.stdout)
    except ValueError:
        verdict, lines = Verdict.NOT_AUDITED, asked.stderr.splitlines()[-1:]
    print(f"{lock}: {verdict.name}", *lines, sep="\n  ")
    return verdict


def main() -> int:
    """Audit all the lock files of the command line: vulnerable if one is, otherwise not audited if one is not."""
    parser = argparse.ArgumentParser()
    parser.add_argument("locks", nargs="+", metavar="LOCK")
    parser.add_argument("--service", default="pypi", help="pypi or osv")
    options = parser.parse_args()
    verdicts = {audit(lock, options.service) for lock in options.locks}
    worst = next(one for one in (Verdict.VULNERABLE, Verdict.NOT_AUDITED, Verdict.CLEAN) if one in verdicts)
    if worst is Verdict.NOT_AUDITED:
        print(f"NOT AUDITED (exit code {worst}): ask from where the service is reached, or another one by --service")
    return worst


if __name__ == "__main__":
    sys.exit(main())
