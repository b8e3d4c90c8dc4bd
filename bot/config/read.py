"""Read config.toml: text, overrides, shape, rules; then a ``Config``, or every mistake at once."""

from collections.abc import Mapping
from copy import deepcopy
from decimal import Decimal
from pathlib import Path

from bot.config import build, watch_table
from bot.config.account_table import AccountTable
from bot.config.build_household import NOBODY, household_of, household_table, households
from bot.config.cautions import cautions
from bot.config.checks import RULES, Finding, Subject, account_findings, overlap
from bot.config.file_checks import RULES as FILE_RULES
from bot.config.file_checks import file_findings
from bot.config.holdings_files import read_holdings
from bot.config.household_checks import FILE_RULES as HOUSEHOLD_FILE_RULES
from bot.config.household_checks import RULES as HOUSEHOLD_RULES
from bot.config.labels_file import Labels, read_labels
from bot.config.locate import KeyPath
from bot.config.mistakes import ConfigError, Mistake, shown
from bot.config.model_file import read_model
from bot.config.optimizer_checks import RULES as OPTIMIZER_RULES
from bot.config.overlay import overrides, put
from bot.config.own_code_checks import RULES as OWN_CODE_RULES
from bot.config.prices_checks import RULES as PRICES_RULES
from bot.config.settings import Config
from bot.config.shape import FileTable
from bot.config.source import Source, parse, read_file
from bot.config.target_checks import RULES as TARGET_RULES
from bot.config.target_files import read_given
from bot.config.target_table import BY_WEIGHTS
from bot.config.triggers_checks import RULES as TRIGGERS_RULES
from bot.config.validate import Checked, validate

EVERY_RULE = (
    *RULES,
    *TARGET_RULES,
    *OPTIMIZER_RULES,
    *OWN_CODE_RULES,
    *PRICES_RULES,
    *TRIGGERS_RULES,
    *HOUSEHOLD_RULES,
)
EVERY_FILE_RULE = (*FILE_RULES, *HOUSEHOLD_FILE_RULES)


def load(path: Path, environ: Mapping[str, str], flags: Mapping[str, str] | None = None) -> Config:
    """The config in ``path``, with ``environ`` over it and ``flags`` (by dotted key) over both.

    Raises ``ConfigError``, which holds every mistake.
    """
    return read_text(read_file(path), path, environ, flags)


def read_text(
    text: str, path: Path, environ: Mapping[str, str], flags: Mapping[str, str] | None = None
) -> Config:
    """``load`` for a text that stands, or is going to stand, in ``path``."""
    raw, lines = parse(text, path)
    chosen, unknown = overrides(raw, environ, flags or {})
    effective = deepcopy(raw)
    for override in chosen:
        put(effective, override)
    source = Source(path, lines, {override.path: override for override in chosen})
    checked = validate(effective, source)
    subjects, found = _subjects(checked, source)
    mistakes = [*unknown, *checked.mistakes, *found]
    if mistakes:
        raise ConfigError(mistakes)
    return _config(checked.table, subjects, source)


def _subjects(checked: Checked, source: Source) -> tuple[dict[str, Subject], list[Mistake]]:
    """Each account with its weights at hand, and what the rules find wrong."""
    tainted = checked.tainted
    found = file_findings(checked.table, tainted, EVERY_FILE_RULE)
    mistakes = [_placed(finding, (), source) for finding in found]
    held: dict[int, Mapping[str, Mapping[str, Decimal]]] = {}
    for family in (NOBODY, checked.table.household, *checked.table.households.values()):
        held[id(family)], wrong = read_holdings(family, source.folder)
        mistakes += wrong
    subjects: dict[str, Subject] = {}
    for name, table in checked.table.accounts.items():
        within = frozenset(path[2:] for path in tainted if path[:2] == ("accounts", name))
        weights, unread = _weights(table, within, source)
        labels, unlabelled = _labels(table, source)
        given, ungiven = read_given(table.target, source.folder)
        mistakes += [*unread, *unlabelled, *ungiven]
        if unread or ungiven:
            within |= {("target",)}
        if unlabelled:
            within |= {("optimizer", "labels")}
        family = household_table(checked.table, household_of(name, table))
        subjects[name] = Subject(
            table, build.limits_of(table), weights, labels, given, family, held[id(family)]
        )
        findings = account_findings(subjects[name], within, EVERY_RULE)
        mistakes += [_placed(finding, ("accounts", name), source) for finding in findings]
    return subjects, mistakes


def _placed(finding: Finding, above: KeyPath, source: Source) -> Mistake:
    found = None if finding.found is None else shown(finding.found)
    return source.mistake((*above, *finding.path), found, finding.problem)


def _weights(
    table: AccountTable, tainted: frozenset[KeyPath], source: Source
) -> tuple[Mapping[str, Decimal], list[Mistake]]:
    """Target weights, wherever the owner wrote them."""
    target = table.target
    if target.strategy not in BY_WEIGHTS:
        ways = (symbol for way in target.path for symbol in way.weights)
        names = dict.fromkeys((*target.symbols, *ways))
        return dict.fromkeys(names, Decimal(1) / max(len(names), 1)), []
    is_clear = not target.weights and not any(overlap(("target",), path) for path in tainted)
    if target.file and is_clear:
        weights, mistakes = read_model(source.folder / target.file)
        return dict.fromkeys(target.defensive, Decimal(0)) | weights, mistakes
    return dict.fromkeys(target.defensive, Decimal(0)) | target.weights, []


def _labels(table: AccountTable, source: Source) -> tuple[Labels, list[Mistake]]:
    """Labels of names, where the owner has a file of them."""
    labels = table.optimizer.labels
    return ({}, []) if labels is None else read_labels(source.folder / labels)


def _config(file: FileTable, subjects: Mapping[str, Subject], source: Source) -> Config:
    folder = source.folder
    state = folder / file.state_dir
    accounts = (build.account(name, of, folder, state) for name, of in subjects.items())
    return Config(
        path=source.path,
        book_url=build.book_place(file, folder),
        calendar=file.calendar,
        state_dir=state,
        secrets=build.secret_store(file, folder),
        mail=build.mail(file.mail, folder),
        alerts=build.alerts(file.alerts),
        accounts=build.with_quotes(tuple(accounts)),
        warnings=tuple(caution for name, of in subjects.items() for caution in cautions(name, of)),
        households=tuple(households(file, folder)),
        watch=watch_table.watch(file.watch, folder),
        log=watch_table.log(file.log, folder),
    )
