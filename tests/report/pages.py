"""A page of HTML, read as its readers do: by a parser, which knows nothing of who wrote it."""

from html.parser import HTMLParser

VOID = {"meta", "link", "img", "br", "hr", "input", "base", "embed", "source"}


class Element:
    def __init__(self, name, attributes, parent):
        self.name, self.attributes, self.parent = name, attributes, parent
        self.children = []

    def all(self, name):
        """Every element of a name in this one, in the order of the document."""
        found = []
        for child in self.children:
            if isinstance(child, Element):
                found += [child] * (child.name == name) + child.all(name)
        return found

    @property
    def text(self):
        return "".join(child if isinstance(child, str) else child.text for child in self.children)

    @property
    def classes(self):
        return (self.attributes.get("class") or "").split()


class _Builder(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.root = self.at = Element("", {}, None)

    def handle_starttag(self, tag, attrs):
        assert len({name for name, _ in attrs}) == len(attrs), f"<{tag}> has an attribute twice"
        made = Element(tag, dict(attrs), self.at)
        self.at.children.append(made)
        if tag not in VOID:
            self.at = made

    def handle_endtag(self, tag):
        assert self.at.name == tag, f"</{tag}> ends <{self.at.name}>"
        self.at = self.at.parent

    def handle_data(self, data):
        self.at.children.append(data)

    def unknown_decl(self, data):
        raise AssertionError(data)


def parse(document):
    """Return the elements of a document; fails where they are not nested as they should be."""
    builder = _Builder()
    builder.feed(document)
    builder.close()
    assert builder.at is builder.root, f"<{builder.at.name}> does not end"
    return builder.root


def sections(root):
    """Return the rows of each section's tables by its title: of what stands open, not of the values below charts."""
    return {part.all("h2")[0].text: part for part in root.all("section")[0].all("section")}


def rows(part):
    """Return the cells of a section's table, without the one below its chart."""
    tables = [
        each for each in part.all("table") if each not in [t for d in part.all("details") for t in d.all("table")]
    ]
    return [tuple(cell.text for cell in row.children) for table in tables for row in table.all("tbody")[0].all("tr")]


def lines(part):
    return [each.text for each in part.all("li")]
