"""XML from strangers into a tree, without DTD, entities or network, and without an exception."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from projects.labeling_config.values import ConfigProblem

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 100

_UTF8_NAMES = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})
_DECLARED = re.compile(r"""<\?xml\s[^>]*?encoding\s*=\s*["']([^"'>]*)["']""")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PROLOG_ITEM = re.compile(r"\s+|<!--.*?-->|<\?.*?\?>", re.DOTALL)
_START_TAG_OR_SKIPPED = re.compile(
    r"""<!--.*?-->|<\?.*?\?>|<!\[CDATA\[.*?\]\]>|</|(<)(?:[^>"'\s]++)(?:[^>"']++|"[^"]*+"|'[^']*+')*+>""", re.DOTALL
)
_CHARACTERS_NAMED = 3


def read(xml: str | bytes) -> tuple[etree._Element | None, list[int], tuple[ConfigProblem, ...]]:
    """(root, line of each element in document order, problems). Root is None where there are problems."""
    source, problems = _decode(xml)
    if not problems:
        problems = tuple(_before_parsing(source))
    if problems:
        return None, [], problems
    # The declaration's encoding no longer counts: what is parsed here is the decoded text.
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(source.encode(), parser)
    except etree.XMLSyntaxError:
        return None, [], (_explained(parser.error_log),)
    lines = list(_start_lines(source))
    too_deep = _first_too_deep(root)
    if too_deep is not None:
        return None, [], (_depth_problem(lines[too_deep]),)
    return root, lines, ()


def _decode(xml: str | bytes) -> tuple[str, tuple[ConfigProblem, ...]]:
    size = len(xml) if isinstance(xml, bytes) else len(xml.encode(errors="surrogatepass"))
    if size > MAX_BYTES:
        return "", (
            ConfigProblem(
                f"The config has {size:,} bytes; at most {MAX_BYTES:,} are read. Take out what is not needed, such as "
                "sample texts in comments."
            ),
        )
    if isinstance(xml, str):
        return xml.removeprefix("\ufeff"), ()
    if xml.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "", (ConfigProblem("The config is encoded in UTF-16. Save it as UTF-8.", 1),)
    try:
        return xml.decode().removeprefix("\ufeff"), ()
    except UnicodeDecodeError as error:
        line = xml.count(b"\n", 0, error.start) + 1
        byte = f"0x{xml[error.start]:02X}"
        return "", (ConfigProblem(f"The config is not UTF-8: byte {byte} can't be read. Save it as UTF-8.", line),)


def _before_parsing(source: str) -> Iterator[ConfigProblem]:
    if not source.strip():
        yield ConfigProblem("The config is empty. Start with <View> and put a <Text> into it.", 1)
        return
    bad = [match.start() for match in _NOT_XML.finditer(source)]
    for position in bad[:_CHARACTERS_NAMED]:
        code = ord(source[position])
        kind = "a lone surrogate" if 0xD800 <= code <= 0xDFFF else "a character that XML doesn't allow"
        yield ConfigProblem(f"U+{code:04X} is {kind}. Remove it.", _line(source, position))
    if len(bad) > _CHARACTERS_NAMED:
        yield ConfigProblem(f"{len(bad) - _CHARACTERS_NAMED:,} more characters that XML doesn't allow. Remove them.")
    declared = _DECLARED.match(source)
    if declared and declared[1].strip().lower() not in _UTF8_NAMES:
        yield ConfigProblem(
            f'The first line declares the encoding "{declared[1]}", but configs are UTF-8. Write encoding="UTF-8" or '
            "leave the declaration out.",
            1,
        )
    position = _end_of_prolog(source)
    if source.startswith("<!DOCTYPE", position):
        yield ConfigProblem(
            "A document type (<!DOCTYPE …>) and its entities are not allowed. Remove it and write the characters "
            "themselves.",
            _line(source, position),
        )


def _end_of_prolog(source: str) -> int:
    position = 0
    while match := _PROLOG_ITEM.match(source, position):
        position = match.end()
    return position


def _line(source: str, position: int) -> int:
    return source.count("\n", 0, position) + 1


def _start_lines(source: str) -> Iterator[int]:
    """Line of each start tag. lxml knows only where a start tag ends, and no line above 65,535."""
    line, counted = 1, 0
    for match in _START_TAG_OR_SKIPPED.finditer(source):
        if match[1]:
            line += source.count("\n", counted, match.start())
            counted = match.start()
            yield line


def _first_too_deep(root: etree._Element) -> int | None:
    depth, index = 0, -1
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        if event == "end":
            depth -= 1
            continue
        depth += 1
        index += 1
        if depth > MAX_DEPTH:
            return index
    return None


def _depth_problem(line: int) -> ConfigProblem:
    return ConfigProblem(f"Tags are nested more than {MAX_DEPTH} levels deep. Take out some <View>s.", line)


def _explained(log: etree._ListErrorLog) -> ConfigProblem:
    # Everything behind the first error of a broken XML is guesswork of the parser.
    error = log[0]
    if error.type_name == "ERR_RESOURCE_LIMIT":
        return _depth_problem(error.line)
    if error.type_name == "ERR_TAG_NAME_MISMATCH":
        names = re.search(r": (\S+) line (\d+) and (\S+)", error.message)
        if names:
            opened, line, closed = names.groups()
            message = (
                f"</{closed}> can't close <{opened}> of line {line}. Write </{opened}> before it, or <{opened} …/>."
            )
            return ConfigProblem(message, error.line)
    if error.type_name == "ERR_TAG_NOT_FINISHED":
        names = re.search(r"in tag (\S+) line (\d+)", error.message)
        if names:
            return ConfigProblem(f"<{names[1]}> is never closed. Write </{names[1]}> at its end.", int(names[2]))
    if error.type_name in _IN_WORDS:
        return ConfigProblem(_IN_WORDS[error.type_name], error.line)
    return ConfigProblem(f"The XML can't be read here ({error.message.strip()}). Correct this line.", error.line)


_IN_WORDS = {
    "ERR_INVALID_CHAR": "A character reference such as &#0; means no character that XML allows. Remove it.",
    "ERR_DOCUMENT_EMPTY": "The XML doesn't begin with a tag. Remove what stands before <View>.",
    "ERR_DOCUMENT_END": "There is something behind the end of the first tag. Put everything into one <View>; only "
    "comments may follow it.",
    "ERR_ATTRIBUTE_NOT_STARTED": 'A value has no quotes. Write it as name="value".',
    "ERR_ATTRIBUTE_NOT_FINISHED": "A quotation mark that opens a value is never closed. Close it.",
    "ERR_LT_IN_ATTRIBUTE": 'A value contains "<", or the quotation mark before it is not closed. Close it, or write '
    "&lt; for <.",
    "ERR_NAME_REQUIRED": 'A "&" or "<" stands alone or before something that is not a name. Write &amp; for & and '
    "&lt; for <.",
    "ERR_ENTITYREF_SEMICOL_MISSING": 'A "&" begins a name without ";" at its end. Write &amp; for &.',
    "ERR_UNDECLARED_ENTITY": "Only &amp; &lt; &gt; &quot; &apos; and numbers such as &#13; are known. Write the "
    "character itself instead.",
    "ERR_RESERVED_XML_NAME": "<?xml …?> may stand only at the very beginning. Remove what is before it, or remove it.",
    "ERR_HYPHEN_IN_COMMENT": 'A comment contains "--". Write it with single hyphens.',
    "ERR_COMMENT_NOT_FINISHED": "A comment is never closed. Write --> at its end.",
    "NS_ERR_UNDEFINED_NAMESPACE": 'A tag or attribute has a prefix with ":", which means nothing here. Remove it.',
}
