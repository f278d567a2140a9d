"""What a scene file may hold: when things happen. What is computed, said with a number, or coloured, is elsewhere."""

import ast
import re

import manim
import pytest
from manim import ManimColor

from source_tree import Source, sources

SCENES = [source for source in sources() if source.room == "scenes"]
# What a scene may not call: the mathematics of a scene is a function of its figures, tested there.
MATHEMATICS = re.compile(
    r"(math\.|np\.(linalg|random)\.|np\.(sum|mean|median|std|var|max|min|ptp|argmax|argmin|argsort|sort|quantile|percentile"
    r"|sqrt|exp|log\w*|prod|cumsum|einsum|dot|cov)$)"
)
REDUCED = re.compile(r"\.(max|min|mean|std|sum|argmax|argmin)$")


def _docstrings(tree: ast.Module) -> set[int]:
    """The nodes that are docstrings."""
    holders = (node for node in ast.walk(tree) if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef))
    return {id(holder.body[0].value) for holder in holders if holder.body and isinstance(holder.body[0], ast.Expr)}


def _strings(source: Source) -> list[str]:
    """All that is written in quotes, without docstrings."""
    words = (node for node in ast.walk(source.tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    docstrings = _docstrings(source.tree)
    return [node.value for node in words if id(node) not in docstrings]


def numbers_in_strings(source: Source) -> list[str]:
    """Strings that hold a digit, the format of a number among them: such words are made of figures."""
    return [words for words in _strings(source) if re.search(r"\d", words) and not re.match(r"#[\dA-Fa-f]+$", words)]


def raw_colours(source: Source) -> list[str]:
    """Colours as #RRGGBB, and manim's own by name: colours come from the theme, by role."""
    named = source.imports & {f"manim.{name}" for name, value in vars(manim).items() if isinstance(value, ManimColor)}
    return [*sorted(named), *(words for words in _strings(source) if re.fullmatch(r"#[\dA-Fa-f]{3,8}", words))]


def mathematics(source: Source) -> list[str]:
    """Products of matrices, powers, statistics: more than placing things needs."""
    found = []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult | ast.Pow):
            found.append(ast.unparse(node))
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if MATHEMATICS.match(called) or REDUCED.search(called):
                found.append(ast.unparse(node))
    return found


def plays_in_builders(source: Source) -> list[str]:
    """Methods `get_…` and `make_…` that play, say or wait: they build, and beats play."""
    builders = (node for node in ast.walk(source.tree) if isinstance(node, ast.FunctionDef))
    return [
        f"{builder.name}: {ast.unparse(node.func)}"
        for builder in builders
        if builder.name.startswith(("get_", "make_"))
        for node in ast.walk(builder)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("self.play", "self.say", "self.wait", "self.beat")
    ]


def long_constructs(source: Source) -> list[str]:
    """A construct of more than twenty statements: it is a table of contents."""
    methods = (node for node in ast.walk(source.tree) if isinstance(node, ast.FunctionDef))
    return [source.name for method in methods if method.name == "construct" and len(method.body) > 20]


RULES = (numbers_in_strings, raw_colours, mathematics, plays_in_builders, long_constructs)
# Scenes that were told before there were figures; one that keeps a rule has to leave its list.
NOT_YET: dict[object, set[str]] = {
    numbers_in_strings: {
        "scene_08_partition_to_transport",
        "scene_09_activation_space_comparison",
        "scene_10_error_decomposition",
        "scene_11_correction_cascade",
        "scene_12_error_region_growth",
        "scene_13_error_region_3d",
        "scene_14_error_manifold",
        "scene_15_activation_quantization",
    },
    mathematics: {
        "scene_07_grid_distortion",
        "scene_09_activation_space_comparison",
        "scene_10_error_decomposition",
        "scene_11_correction_cascade",
        "scene_12_error_region_growth",
        "scene_13_error_region_3d",
        "scene_14_error_manifold",
        "scene_16_layer_clustering",
    },
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_scene_keeps_the_rule(rule) -> None:
    broken = {source.name: rule(source) for source in SCENES if rule(source)}
    assert broken.keys() == NOT_YET.get(rule, set()), broken


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (numbers_in_strings, "self.say('3 of the pieces')"),
        (numbers_in_strings, "self.say(f'{share:.1f} of them')"),
        (raw_colours, "color = '#FF0000'"),
        (raw_colours, "from manim import UP, BLUE_E"),
        (raw_colours, "from manim import WHITE"),
        (mathematics, "np.linalg.norm(x)"),
        (mathematics, "shown = a @ b"),
        (mathematics, "x = abs(weights).max()"),
        (plays_in_builders, "class A:\n    def make_it(self):\n        self.play(1)"),
        (long_constructs, "class A:\n    def construct(self):\n" + 21 * "        self.beat('a')\n"),
    ],
)
def test_a_rule_that_is_broken_is_noticed(rule, text: str) -> None:
    assert rule(Source("scene_00_opening", text)) != []


def test_what_scenes_do_is_allowed() -> None:
    text = '"""Beat 3."""\nfrom manim import DOWN, FadeIn\nself.say(figures.caption, FadeIn(x.shift(0.5 * DOWN)))'
    assert all(rule(Source("scene_00_opening", text)) == [] for rule in RULES)
