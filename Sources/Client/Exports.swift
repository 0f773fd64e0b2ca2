/// One import is enough: the vocabulary of keys, versions, queries and failures comes along.
@_exported public import GrepvineDistCore
