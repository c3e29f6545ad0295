"""A program as Python source."""

import json

FILTERS = {"A": "A", "B": "B", "C": "C", "Exit": "GeneratorExit", "Error": "Exception", "Any": "BaseException"}


def render(program):
    lines = []
    for index, block in enumerate(program):
        lines.append(f"async def gen{index}(_):")
        lines.append("    v0 = v1 = v2 = None")
        lines.append(f"    with _.body({index}):")
        start = len(lines)
        renderer = Renderer(lines, has_value(block))
        renderer.block(block, 2)
        if renderer.has_value:
            renderer.line(2, "_.returns(None)")
        if not any("yield" in line for line in lines[start:]):
            lines.append("        if False: yield  # which makes it an asynchronous generator")
        lines.append("")
    return "\n".join(lines)


def has_value(block):
    """Is there a `return` with a value in it?"""
    return '"returnvalue"' in json.dumps(block)


def expression(pair):
    number, variable = pair
    if variable is None:
        return str(number)
    return f"(v{variable} or 0) + {number}" if number else f"v{variable} or 0"


class Renderer:
    """One method for each kind of statement."""

    def __init__(self, lines, has_value=False):
        self.lines, self.has_value = lines, has_value

    def line(self, depth, text):
        self.lines.append("    " * depth + text)

    def block(self, block, depth):
        for statement in block:
            if statement == "return" and self.has_value:
                self.return_(depth, None)
            elif isinstance(statement, str):
                self.line(depth, statement)
            else:
                ((name, arguments),) = statement.items()
                getattr(self, name + "_")(depth, *(arguments if isinstance(arguments, list) else [arguments]))
        if not block:
            self.line(depth, "pass")

    def mark_(self, depth, id):
        self.line(depth, f"_.log('mark{id}')")

    def yield_(self, depth, id, value, variable):
        target = "" if variable is None else f"v{variable} = "
        self.line(depth, f"{target}_.got({id}, (yield _.put({id}, {expression(value)})))")

    def await_(self, depth, id, polls):
        self.line(depth, f"await _.ticks({id}, {polls})")

    def let_(self, depth, variable, value):
        self.line(depth, f"v{variable} = {expression(value)}")

    def if_(self, depth, condition, then, otherwise):
        variable, value = condition
        self.line(depth, f"if v{variable} {'is' if value is None else '=='} {value}:")
        self.block(then, depth + 1)
        if otherwise:
            self.line(depth, "else:")
            self.block(otherwise, depth + 1)

    def repeat_(self, depth, times, block):
        self.line(depth, f"for _i in range({times}):")
        self.block(block, depth + 1)

    def try_(self, depth, id, block, handlers):
        self.line(depth, "try:")
        self.line(depth + 1, f"_.enter({id})")
        self.block(block, depth + 1)
        self.line(depth + 1, f"_.log('left{id}')")
        for filter, handler in handlers:
            self.line(depth, f"except {FILTERS[filter]} as e{id}:")
            self.line(depth + 1, f"_.caught({id}, e{id})")
            self.block(handler, depth + 1)

    def finally_(self, depth, id, block, clean_up):
        self.line(depth, f"out{id} = None")
        self.line(depth, "try:")
        self.line(depth + 1, f"_.enter({id})")
        self.block(block, depth + 1)
        self.line(depth, f"except BaseException as e{id}:")
        self.line(depth + 1, f"out{id} = e{id}")
        self.line(depth + 1, "raise")
        self.line(depth, "finally:")
        self.line(depth + 1, f"with _.clean_up({id}, out{id}):")
        self.block(clean_up, depth + 2)

    def raise_(self, depth, id, kind):
        self.line(depth, "raise GeneratorExit" if kind == "Exit" else f"raise {kind}('m{id}')")

    def reraise_(self, depth, id):
        self.line(depth, f"raise e{id}")

    def returnvalue_(self, depth, *value):
        self.return_(depth, expression(value))

    def return_(self, depth, value):
        self.line(depth, f"_.returns({value})")
        self.line(depth, "return")

    def from_(self, depth, id, generator, variable=None):
        end = "" if variable is None else f" as end{id}"
        value = f"_.log('from{id}.')" if variable is None else f"v{variable} = _.evaluated({id}, end{id})"
        # PEP 380's expansion of `yield from`, for asynchronous generators.
        for text in f"""\
            d{id} = _.delegate({id}, {generator})
            try:
                y{id} = await d{id}.asend(None)
                while True:
                    try:
                        s{id} = yield _.hand_on(y{id})
                    except BaseException as e{id}:
                        y{id} = await d{id}.athrow(e{id})
                    else:
                        y{id} = await d{id}.asend(s{id})
            except StopAsyncIteration{end}:
                {value}""".split("\n"):
            self.line(depth, text[12:])

    def for_(self, depth, id, variable, generator, block):
        self.line(depth, f"async with _.loop({id}, {generator}) as g{id}:")
        self.line(depth + 1, f"async for v{variable} in g{id}:")
        self.block(block, depth + 2)
        self.line(depth, f"_.log('for{id}.')")
