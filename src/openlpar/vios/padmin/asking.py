"""Questions of commands to who sits at the terminal. See ``ports.terminal``.

    if self.server.sitting.ask("Name of the disk: ") == "": ...

A command that goes on asking after it did something (a menu) says with ``go_on`` what counts as answered then.
"""

from __future__ import annotations

from openlpar.ports.terminal import Question, Reads, Terminal
from openlpar.vios.padmin.refusal import Refusal, Status

AGAIN = "..."
"""To a menu that was shown before: what was chosen there has been done."""


class Asked(Exception):
    """The command waits for an answer; nothing of what it did may stay."""

    def __init__(self, question: Question) -> None:
        super().__init__(question.text)
        self.question = question


class Sitting:
    """One run of a command, and who answers it. user: on whose behalf it runs. resume: the answers that the command is to be run
    again with after this run, None when it has ended."""

    def __init__(self, terminal: Terminal | None, user: str) -> None:
        self._terminal = terminal
        self._told = list(terminal.answers) if terminal else []
        self._taken: list[str] = []
        self.user = terminal.user if terminal else user
        self.resume: tuple[str, ...] | None = None

    @property
    def taken(self) -> tuple[str, ...]:
        """The answers that were asked for so far."""
        return tuple(self._taken)

    @property
    def is_first_run(self) -> bool:
        """Whether the command was not begun before: nothing was asked yet."""
        return not self._terminal or not self._terminal.answers

    def need_terminal(self, command: str, instead: str) -> None:
        """Raises Refusal where there is none. instead: what to do then, a sentence."""
        if self._terminal is None:
            raise Refusal(
                Status.INCOMPLETE,
                f"{command}: it needs a terminal, which a command that is sent to the server does not have. "
                f"Run it on the console (mkvterm). {instead}".rstrip(),
            )

    def ask(self, text: str, reads: Reads = Reads.LINE) -> str:
        """The next answer. Raises Asked when there is none yet."""
        if not self._told:
            raise Asked(Question(text, reads, self.taken))
        self._taken.append(self._told.pop(0))
        return self._taken[-1]

    def watch(self, screen: str, ends: str, redraws_ms: int) -> None:
        """Shows a screen, which is drawn anew after any key and after a time, until one of these keys is pressed. Raises Asked."""
        key = self._told.pop(0) if self._told else ""
        if not key or key not in ends:
            raise Asked(Question(screen, Reads.KEY, self.taken, redraws_ms))

    def wants(self, question: str) -> bool:
        """Yes or no, and nothing else."""
        while (answer := self.ask(question).strip().lower()) not in ("y", "yes", "n", "no"):
            pass
        return answer in ("y", "yes")

    def agree(self, question: str, otherwise: str, *, choices: str = "[y|n]") -> None:
        """Asks whether to go on. otherwise: what somebody has to do who cannot be asked. Raises Refusal when the answer is no."""
        text = f"{question} {choices}?"
        if self._terminal is None:
            raise Refusal(Status.SYNTAX, f"{text}\nNobody can answer here: {otherwise}")
        if not self.wants(f"{text} "):
            raise Refusal(Status.INCOMPLETE, "Nothing was done.")

    def agree_to_destroy(self, command: str, what: str) -> None:
        """Raises Refusal when who runs the command does not want that, or cannot be asked."""
        question = f"Warning, {what} will be destroyed.\n{command}: Do you wish to continue?"
        self.agree(question, "repeat the command with -f.", choices="y(es) n(o)")

    def choose(self, title: str, texts: tuple[str, ...] | list[str], leave: str = "back") -> int | None:
        """The index of one of several texts, None to go back. The answer AGAIN has the menu left out."""
        width = len(str(len(texts)))
        lines = [title, "", *(f"  {number:>{width}}  {text}" for number, text in enumerate(texts, 1)), ""]
        menu = "\n".join(["", *lines, f"Number, or Enter to go {leave}: "])
        prompt = menu
        while answer := self.ask(prompt).strip():
            if answer.isascii() and answer.isdecimal() and 0 < int(answer[:9]) <= len(texts):
                return int(answer) - 1
            prompt = f"\nNumber, m for the menu, or Enter to go {leave}: "
            if answer in ("m", "M"):
                prompt = menu
            elif answer != AGAIN:
                prompt = f'"{answer}" is not in the menu.{prompt}'
        return None

    def go_on(self, answers: tuple[str, ...]) -> None:
        """What the command did stays; it asks again, as one that was told these answers only."""
        self.resume = answers
