"""The command line's own refusals."""

import pytest

from cli.main import main


@pytest.mark.parametrize(("word", "fix"), [("stauts", "did you mean status?"), ("xyzzy", "give one of: artifact, ")])
def test_an_unknown_command_names_the_nearest(capsys, word, fix):
    with pytest.raises(SystemExit) as ended:
        main([word])
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert said.startswith(f"error: COMMAND ({word}): there is no such command\n  fix: {fix}")
