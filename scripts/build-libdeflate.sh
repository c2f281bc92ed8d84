#!/bin/sh
# Compiles libdeflate (MIT, https://github.com/ebiggers/libdeflate) to the WebAssembly that src/oci/compress/libdeflate/wasm.ts
# holds. Run on Debian 12 with clang 14 and lld 14: the same bytes come out each time, and --check says whether they are those.
#   scripts/build-libdeflate.sh SOURCE.tar.gz [--check]     SOURCE is Debian's libdeflate_1.14.orig.tar.gz
set -eu
SHA256=89e7df898c37c3427b0f39aadcf733731321a278771d20fc553f92da8d4808ac
[ $# -ge 1 ] || { sed -n '2,5s/^# //p' "$0" >&2; exit 2; }
source=$(realpath "$1")
project=$(cd "$(dirname "$0")/.." && pwd)
echo "$SHA256  $source" | sha256sum --check --quiet
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tar -xzf "$source" -C "$work" --strip-components=1
cd "$work"
cp "$project/src/oci/compress/libdeflate/gzip-block.c" .
# Freestanding: no C library, nothing imported. SIMD of 128 bits is in every Node this runs on, and has one result everywhere.
clang --target=wasm32 -O3 -msimd128 -mbulk-memory -DFREESTANDING -ffreestanding -nostdlib -I. -Ilib \
  -Wl,--no-entry -Wl,--strip-all -Wl,-z,stack-size=131072 -o gzip-block.wasm \
  gzip-block.c lib/utils.c lib/deflate_compress.c lib/gzip_compress.c lib/crc32.c
{
  echo '// Made by scripts/build-libdeflate.sh from libdeflate 1.14 (MIT); not edited by hand.'
  echo '/** WebAssembly, base64. */'
  echo "export const WASM ="
  echo "  '$(base64 -w0 gzip-block.wasm)';"
} > wasm.ts
if [ "${2-}" = --check ]; then cmp wasm.ts "$project/src/oci/compress/libdeflate/wasm.ts"; else cp wasm.ts "$project/src/oci/compress/libdeflate/wasm.ts"; fi
