"""The fit of the ranking's weights, on a table made by hand."""

import numpy as np

from services.lookup.search.seen import NAMES
from tests.eval import fitting


def made(questions: int) -> fitting.Table:
    """Three codes a question; right is the one whose term is answered and told, or neither: no sum can say that."""
    features = np.zeros((3 * questions, len(NAMES)), np.float32)
    right = np.zeros(3 * questions, bool)
    answered, told = NAMES.index("answered"), NAMES.index("told")
    for number in range(questions):
        both = number % 2
        features[3 * number : 3 * number + 3, [answered, told]] = [[both, both], [1, 0], [0, 1]]
        right[3 * number] = True
    question = np.repeat(np.arange(questions), 3)
    return fitting.Table(
        features, question, np.tile([1, 2, 3], questions), right, np.ones(questions), ["made"] * questions
    )


def test_units_learn_what_counts_only_together_with_something_else() -> None:
    table = made(60)
    weighing = fitting.fit(table, np.arange(60) < 40)
    assert (fitting.ranks(table, weighing)[40:] < 1).mean() > 0.9


def test_a_question_without_a_right_code_among_its_candidates_has_no_rank() -> None:
    table = made(4)
    table.right[:3] = False
    assert np.isinf(fitting.ranks(table, fitting.fit(table, np.ones(4, bool))))[0]
