#!/usr/bin/env python3
"""Makes Sources/Search/Unicode/ScriptTable.swift from the files of Debian's package unicode-data:
    Scripts/unicode-scripts.py /usr/share/unicode > Sources/Search/Unicode/ScriptTable.swift
The standard library of Swift does not know to which script a scalar belongs."""
import re
import sys

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def short(number):
    text = DIGITS[number % 36]
    while number >= 36:
        number //= 36
        text = DIGITS[number % 36] + text
    return text


def ranges(path):
    found = {}
    for line in open(path, encoding="utf-8"):
        match = re.match(r"([0-9A-F]+)(?:\.\.([0-9A-F]+))?\s*;\s*(\w+)", line)
        if match:
            low, high, name = match.groups()
            found.setdefault(name, []).append((int(low, 16), int(high or low, 16)))
    return found


def joined(pairs):
    whole = []
    for low, high in sorted(pairs):
        if whole and whole[-1][1] + 1 == low:
            whole[-1] = (whole[-1][0], high)
        else:
            whole.append((low, high))
    return whole


def coded(pairs):
    parts, end = [], 0
    for low, high in joined(pairs):
        parts.append(short(low - end) + ("." + short(high - low) if high > low else ""))
        end = high
    return ",".join(parts)


folder = sys.argv[1]
first = open(folder + "/Scripts.txt", encoding="utf-8").readline()
version = first.split("-")[1].split(".txt")[0]
aliases = {}
for line in open(folder + "/PropertyValueAliases.txt", encoding="utf-8"):
    fields = [field.strip() for field in line.split("#")[0].split(";")]
    if fields[0] == "sc":
        aliases[fields[2]] = fields[1]
text = " ".join(
    f"{name.lower().replace('_', '')}:{aliases[name].lower()}:{coded(pairs)}"
    for name, pairs in sorted(ranges(folder + "/Scripts.txt").items()))
print(f"""/// The scripts of Unicode {version}, by `Scripts/unicode-scripts.py`: not for editing.
///
/// `name:short name:ranges`, each range as the distance of its first scalar from the last one of
/// the range before it and, behind a dot, its length less one, in base 36.
enum ScriptTable {{
    static let text = \"\"\"""")
for start in range(0, len(text), 90):
    piece = text[start:start + 90]
    print("        " + piece + ("\\" if start + 90 < len(text) else ""))
print('        """\n}')
