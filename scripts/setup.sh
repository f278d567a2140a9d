#!/usr/bin/env bash
# Installs what is missing: system headers, the virtual environment, the pinned packages. Does nothing when all is in place.
set -euo pipefail
cd "$(dirname "$0")/.."

python=${PYTHON:-python3}
stamp=.venv/.installed

fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

command -v "$python" >/dev/null || fail "no '$python' found: Python 3.11 or newer is needed (or name one: make PYTHON=python3.12 …)"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
  || fail "$("$python" --version) is too old: Python 3.11 or newer is needed (or name one: make PYTHON=python3.12 …)"

# The installation is current when nothing that decides it has changed: the declared packages, the pins, this script,
# the interpreter and the folder (an editable install holds the folder's path).
wanted=$("$python" -c '
import hashlib, pathlib, sys
files = ("pyproject.toml", "constraints.txt", "scripts/setup.sh")
text = "".join(pathlib.Path(f).read_text() for f in files) + sys.version + str(pathlib.Path.cwd())
print(hashlib.sha256(text.encode()).hexdigest())')
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && .venv/bin/python -c '' 2>/dev/null; then
  exit 0
fi

# manim draws through pycairo and manimpango, which Linux builds from source: a compiler and three sets of headers.
missing=()
command -v cc >/dev/null || missing+=(compiler)
command -v pkg-config >/dev/null || missing+=(pkg-config)
pkg-config --exists cairo 2>/dev/null || missing+=(cairo)
pkg-config --exists pangocairo 2>/dev/null || missing+=(pango)
"$python" -c 'import pathlib, sys, sysconfig; sys.exit(not pathlib.Path(sysconfig.get_path("include"), "Python.h").is_file())' \
  || missing+=(python-headers)
"$python" -c 'import venv, ensurepip' 2>/dev/null || missing+=(venv)

if [ ${#missing[@]} -gt 0 ]; then
  manager=none
  for candidate in apt-get dnf pacman zypper brew; do
    if command -v "$candidate" >/dev/null; then manager=$candidate; break; fi
  done
  # Debian names the headers and the venv of a second Python after its version (python3.12-dev), of the default one python3-dev.
  debian_python=$("$python" -c 'import sys; print("python3" if sys.executable == "/usr/bin/python3" else "python%d.%d" % sys.version_info[:2])')
  package() {  # the name that the manager gives to a missing piece
    case "$manager:$1" in
      apt-get:compiler) echo build-essential ;; apt-get:pkg-config) echo pkg-config ;;
      apt-get:cairo) echo libcairo2-dev ;; apt-get:pango) echo libpango1.0-dev ;;
      apt-get:python-headers) echo "$debian_python-dev" ;; apt-get:venv) echo "$debian_python-venv" ;;
      dnf:compiler) echo gcc ;; dnf:pkg-config) echo pkgconf-pkg-config ;;
      dnf:cairo) echo cairo-devel ;; dnf:pango) echo pango-devel ;; dnf:python-headers) echo python3-devel ;; dnf:venv) echo python3-pip ;;
      pacman:compiler) echo gcc ;; pacman:pkg-config) echo pkgconf ;;
      pacman:cairo) echo cairo ;; pacman:pango) echo pango ;; pacman:*) echo python ;;
      zypper:compiler) echo gcc ;; zypper:pkg-config) echo pkg-config ;;
      zypper:cairo) echo cairo-devel ;; zypper:pango) echo pango-devel ;; zypper:python-headers) echo python3-devel ;; zypper:venv) echo python3-pip ;;
      brew:compiler) echo gcc ;; brew:pkg-config) echo pkgconf ;; brew:cairo) echo cairo ;; brew:pango) echo pango ;; brew:*) echo python ;;
    esac
  }
  [ "$manager" != none ] || fail "these are missing: ${missing[*]}.
  No apt, dnf, pacman, zypper or brew was found to install them. Needed are: a C compiler, pkg-config, the development
  files (headers and .pc) of cairo and of pango (pangocairo), Python's own headers, and Python's venv with ensurepip.
  Install them, then run the same command again."
  packages=(); for piece in "${missing[@]}"; do packages+=("$(package "$piece")"); done
  case "$manager" in
    apt-get) install=(apt-get install -y --no-install-recommends) ;;
    dnf) install=(dnf install -y) ;;
    pacman) install=(pacman -S --needed --noconfirm) ;;
    zypper) install=(zypper --non-interactive install) ;;
    brew) install=(brew install) ;;
  esac
  elevate=()
  if [ "$manager" != brew ] && [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "these are missing: ${missing[*]}. As root, run:  ${install[*]} ${packages[*]}"
    elevate=(sudo)
  fi
  echo "setup: installing ${packages[*]} with $manager"
  if [ "$manager" = apt-get ]; then
    ${elevate[@]+"${elevate[@]}"} env DEBIAN_FRONTEND=noninteractive apt-get update -q
    install=(env DEBIAN_FRONTEND=noninteractive "${install[@]}" -q)
  fi
  ${elevate[@]+"${elevate[@]}"} "${install[@]}" "${packages[@]}" \
    || fail "$manager could not install: ${packages[*]} (they stand for: ${missing[*]})"
fi

# An environment of the same Python in the same place is brought up to date; any other is made anew.
version() { "$1" -c 'import sys; print(sys.version)' 2>/dev/null; }
if [ "$(version .venv/bin/python)" != "$(version "$python")" ] || ! grep -qsF "$PWD/.venv" .venv/bin/activate; then
  echo "setup: making .venv with $("$python" --version)"
  "$python" -m venv --clear .venv
fi
echo "setup: installing the packages"
.venv/bin/python -m pip install --quiet --constraint constraints.txt --editable ".[dev]"
echo "$wanted" > "$stamp"
