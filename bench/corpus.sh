#!/usr/bin/env bash
# A real tree of about 450 MB for grep: sources, headers, documentation, word lists in three
# alphabets, JSON, and some binary files. Debian packages are downloaded and unpacked, not
# installed; what is there already is kept.
#   bench/corpus.sh FOLDER          the tree, in FOLDER/tree, and FOLDER/packed: its files as one
#   bench/corpus.sh FOLDER large    with the sources of Linux: about 1.8 GB
set -euo pipefail

[ $# -ge 1 ] || { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }
mkdir -p "$1/packages" "$1/tree"
cd "$1"

packages=(golang-1.19-src libboost1.74-dev python3.11-doc libpython3.11-stdlib unicode-data
    iso-codes wbulgarian wukrainian fortunes-ru debian-reference-ja postgresql-doc-15 git-doc)
[ "${2:-}" != large ] || packages+=(linux-source-6.1)

for package in "${packages[@]}"; do
    [ ! -e "packages/$package.done" ] || continue
    (cd packages && apt-get download -qq "$package")
    dpkg-deb -x "packages/${package}"_*.deb tree
    touch "packages/$package.done"
    rm -f packed
done

shopt -s nullglob
for archive in tree/usr/src/linux-source-*.tar.xz; do
    tar -xf "$archive" -C tree/usr/src
    rm "$archive"
done
# Files that are compressed say nothing to a grep.
find tree -type f \( -name '*.gz' -o -name '*.xz' \) -delete

if [ ! -e packed ]; then
    find tree -type f -print0 | LC_ALL=C sort -z | xargs -0 cat >packed.new
    mv packed.new packed
fi
files=$(find tree -type f | wc -l)
echo "$files files, $(($(stat -c %s packed) / 1000000)) MB in $PWD/tree"
