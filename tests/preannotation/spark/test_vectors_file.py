"""Files of word vectors, told apart by their beginning."""

import struct

import pytest

from preannotation.contract import ModelLoadError
from preannotation.spark.vectors_file import recognised, refuse_uneven, without_header

WORDS = {"aspirin": [0.5, -1.0, 2.0], "pain": [1.0, 0.25, 0.0]}
GLOVE = "".join(f"{word} {' '.join(map(str, vector))}\n" for word, vector in WORDS.items())
BINARY = b"2 3\n" + b"".join(word.encode() + b" " + struct.pack("<3f", *vector) for word, vector in WORDS.items())


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (GLOVE.encode(), ("GloVe text", 3, False)),
        (b"2 3\n" + GLOVE.encode(), ("word2vec text", 3, True)),
        (BINARY, ("word2vec binary", 3, True)),
        (BINARY.replace(b"pain", b"\npain"), ("word2vec binary", 3, True)),
        (b"2 3\n" + GLOVE.encode().replace(b"2.0", b"abc"), ("word2vec text", 3, True)),
        (b"2 3\n" + GLOVE.encode("latin-1").replace(b"aspirin", b"fi\xe8vre"), ("word2vec text", 3, True)),
    ],
)
def test_the_three_ways_are_told_apart(tmp_path, content, expected):
    file = tmp_path / "vectors"
    file.write_bytes(content)
    assert recognised(file) == expected


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "It is no file of word vectors"),
        (b"just some words\n", "It is no file of word vectors"),
        (b"a 1 2 3\nb 1 2\n", "It is no file of word vectors"),
        (b"2 3\naspirin 1 2\n", "Its first line says 3 dimensions, but its second has 2 numbers. Mend the first line"),
        (b"2 4\n" + GLOVE.encode() * 9, "Its first line says 4 dimensions, but its second has 3 numbers."),
        (b"2 4\n" + b"pain 1 abc 3\n" * 9, "Its first line says 4 dimensions, but its second has 3 numbers."),
        (b"2 3\n\n" + GLOVE.encode() * 9, "Its first line says 3 dimensions, but no vector of that length follows."),
        (b"2 3\naspirin", "Its first line says 3 dimensions, but no vector of that length follows."),
        (b"\xef\xbb\xbf" + GLOVE.encode(), "It begins with a byte order mark"),
        (b"2 99999999\nx", "Its first line says 99999999 dimensions; 1 to 10,000 can be read."),
    ],
)
def test_other_files_are_refused_in_words(tmp_path, content, said):
    file = tmp_path / "vectors"
    file.write_bytes(content)
    with pytest.raises(ModelLoadError, match=f"^{said}"):
        recognised(file)


def test_a_header_is_left_out_of_the_copy(tmp_path):
    file = tmp_path / "vectors"
    file.write_bytes(b"2 3\n" + GLOVE.encode())
    assert without_header(file, tmp_path / "plain").read_text() == GLOVE


@pytest.mark.parametrize(
    "content",
    [GLOVE.encode(), b"2 3\n" + GLOVE.encode(), BINARY, BINARY + b"\n", GLOVE.encode().replace(b"\n", b" \r\n")],
)
def test_a_file_with_all_its_vectors_is_taken(tmp_path, content):
    file = tmp_path / "vectors"
    file.write_bytes(content)
    refuse_uneven(file, recognised(file))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (GLOVE.encode() + b"bad 0.1 0.2\n", "Line 3 has no word with 3 numbers, as the first has (2 blanks in it)."),
        (b"3 3\n" + GLOVE.encode() + b"bad 1 x 2\n", 'Line 4 has "x", which is no number that can be used.'),
        (GLOVE.encode() + b"bad 1e400 1 2\n", 'Line 3 has "1e400", which is no number that can be used.'),
        (GLOVE.encode() + b"bad 1 -1e39 2\n", 'Line 3 has "-1e39", which is no number that can be used.'),
        (GLOVE.encode() + b"bad 1 2 nan\n", 'Line 3 has "nan", which is no number that can be used.'),
        (GLOVE.encode() + b"fi\xe8vre 1 2 3\n", "The word of line 3 is not written in UTF-8."),
        (b"2 3\n" + GLOVE.encode().replace(b"-1.0", b"abc"), 'Line 2 has "abc", which is no number that can be used.'),
        (GLOVE.encode().replace(b"0.25", b"abc"), 'Line 2 has "abc", which is no number that can be used.'),
        (GLOVE.encode().replace(b"pain", b"\xe8"), "The word of line 2 is not written in UTF-8."),
        (b"2 3\n" + GLOVE.encode().replace(b"aspirin", b"\xe8"), "The word of line 2 is not written in UTF-8."),
        (GLOVE.encode().replace(b"aspirin", b"\xe8"), "The word of line 1 is not written in UTF-8."),
        (b"5 3\n" + GLOVE.encode(), "Its first line says 5 words, but 2 follow."),
        (b"1 3\n" + GLOVE.encode(), "Its first line says 1 words, but 2 follow."),
        (b"0 3\n" + GLOVE.encode(), "Its first line says that it has no words."),
        (BINARY.replace(b"2 3\n", b"0 3\n"), "Its first line says that it has no words."),
        (BINARY.replace(b"2 3\n", b"1 3\n"), "Its first line says 1 words, but more follow."),
        (BINARY + b"x", "Its first line says 2 words, but more follow."),
        (BINARY[:-4] + struct.pack("<f", float("nan")), "The vector of word 2 of 2 has what is no number."),
        (BINARY.replace(b"2 3\n", b"3 3\n") + b"fi\xe8vre " + bytes(12), "Word 3 of 3 is not written in UTF-8."),
        (GLOVE.encode() + b"\n" + GLOVE.encode(), "Line 3 has no word with 3 numbers"),
        (BINARY[:-5], "It ends, or is damaged, at word 2 of 2. Give the whole file."),
    ],
)
def test_a_vector_that_is_cut_or_of_another_length_is_refused_with_its_place(tmp_path, content, said):
    file = tmp_path / "vectors"
    file.write_bytes(content)
    with pytest.raises(ModelLoadError) as refused:
        refuse_uneven(file, recognised(file))
    assert str(refused.value)[: len(said)] == said
