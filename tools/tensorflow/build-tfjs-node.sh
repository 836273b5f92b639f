#!/usr/bin/env bash
# Puts @tensorflow/tfjs-node into the project in whose folder it is started, without the download of its install script:
# libtensorflow and its headers are taken from the Python wheel of TensorFlow, and the addon is compiled here.
#
#   bash build-tfjs-node.sh              # fetches the wheel with pip (200 MB)
#   bash build-tfjs-node.sh FILE.whl     # takes a wheel that you fetched elsewhere
#
# Why and what for: docs/tensorflow-behind-a-firewall.md
set -euo pipefail

readonly TFJS=4.22.0
readonly TENSORFLOW=2.15.1 # has the C library as a file of its own (2.9 has not); its C API is the one that tfjs-node was written for
readonly PACKAGE=node_modules/@tensorflow/tfjs-node

step() { printf '\n* %s\n' "$*"; }
fail() { printf '\nbuild-tfjs-node: %s\n' "$*" >&2; exit 1; }

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

check_machine() {
  [ "$(uname -s) $(uname -m)" = "Linux x86_64" ] || fail "expected Linux on x86_64, for which the wheel is built, got $(uname -s) on $(uname -m)."
  local tool
  for tool in node npm python3 make g++; do
    command -v "$tool" >/dev/null || fail "\`$tool\` is not installed; node, npm, python3, make and g++ are needed."
  done
  [ "$(node -p 'process.versions.node.split(".")[0]')" -le 22 ] || fail "tfjs-node $TFJS does not run on Node 23 or later (tfjs issue 8609), and this is Node $(node -v)."
}

install_package() {
  step "npm install @tensorflow/tfjs-node@$TFJS, without its install script"
  [ -f package.json ] || npm init -y >/dev/null
  npm install --ignore-scripts --no-audit --no-fund "@tensorflow/tfjs-node@$TFJS" || fail "npm could not install it (see above)."
  [ -d "$PACKAGE" ] || fail "npm did not put it into $PWD/$PACKAGE: start this in the folder that has node_modules."
}

fetch_wheel() {
  step "pip download tensorflow-cpu==$TENSORFLOW" >&2
  python3 -m pip --version >/dev/null 2>&1 || fail "python3 has no pip: install it, or fetch the wheel of tensorflow-cpu $TENSORFLOW elsewhere and give its path."
  python3 -m pip download --quiet --disable-pip-version-check --no-cache-dir --no-deps --only-binary=:all: --python-version 3.11 \
    --platform manylinux2014_x86_64 --dest "$scratch" "tensorflow-cpu==$TENSORFLOW" >&2 ||
    fail "pip could not fetch it (see above). Fetch the wheel elsewhere and give its path."
  echo "$scratch"/*.whl
}

# Lays the library and its headers out as tfjs-node's binding.gyp expects them: deps/lib and deps/include.
unpack() {
  step "unpacking $(basename "$1") into $PACKAGE/deps"
  python3 - "$1" "$PACKAGE/deps" "$TENSORFLOW" <<'PYTHON' || fail "could not unpack $1 (see above)."
import os, shutil, sys, zipfile
wheel, deps, version = sys.argv[1:]
libraries = {f"tensorflow/{name}": f"lib/{name}" for name in ("libtensorflow_cc.so.2", "libtensorflow_framework.so.2")}
headers = ("tensorflow/include/tensorflow/c/", "tensorflow/include/tensorflow/core/platform/ctstring",
           "tensorflow/include/tsl/c/", "tensorflow/include/tsl/platform/ctstring")
with zipfile.ZipFile(wheel) as archive:
    absent = set(libraries) - set(archive.namelist())
    if absent:
        sys.exit(f"It has no {' and no '.join(sorted(absent))}: take the wheel of tensorflow-cpu {version}.")
    shutil.rmtree(deps, ignore_errors=True)
    for name in archive.namelist():
        target = libraries.get(name) or (name.startswith(headers) and name.endswith(".h") and name.split("/", 1)[1])
        if target:
            path = os.path.join(deps, target)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with archive.open(name) as source, open(path, "wb") as copy:
                shutil.copyfileobj(source, copy)
PYTHON
  ln -s libtensorflow_cc.so.2 "$PACKAGE/deps/lib/libtensorflow.so" # the names that the linker looks for
  ln -s libtensorflow_framework.so.2 "$PACKAGE/deps/lib/libtensorflow_framework.so"
}

compile() {
  step "compiling the addon"
  local prefix
  prefix=$(dirname "$(dirname "$(node -p process.execPath)")")
  if [ -f "$prefix/include/node/node_api.h" ]; then
    export npm_config_nodedir=$prefix # Node's own headers; node-gyp would download them
  fi
  (cd "$PACKAGE" && npm run build-addon-from-source >"$scratch/build.log" 2>&1) && return
  tail -n 30 "$scratch/build.log" >&2
  fail "the addon did not compile (see above). If node-gyp could not download Node's headers: install those of $(node -v), or set npm_config_nodedir."
}

prove() {
  step "trying it: one training step of a convolution"
  TF_CPP_MIN_LOG_LEVEL=2 node - <<'NODE' || fail "it was built and does not work (see above)."
const tf = require("@tensorflow/tfjs-node");
const filter = tf.variable(tf.randomNormal([3, 3, 3, 4], 0, 1, "float32", 1));
const images = tf.ones([2, 8, 8, 3]);
const loss = () => tf.mean(tf.square(tf.conv2d(images, filter, 1, "same")));
const [before, after] = [tf.train.sgd(0.01).minimize(loss, true).dataSync()[0], loss().dataSync()[0]];
console.log(`Backend ${tf.getBackend()}; loss ${before.toFixed(4)}, then ${after.toFixed(4)}.`);
if (tf.getBackend() !== "tensorflow" || !(after < before)) process.exit(1);
NODE
}

check_machine
wheel=${1:-}
if [ -n "$wheel" ] && [ ! -f "$wheel" ]; then fail "there is no file $wheel."; fi
install_package
if [ -z "$wheel" ]; then wheel=$(fetch_wheel); fi
unpack "$wheel"
compile
prove
step "Done. \`npm install\` and \`npm rebuild\` may undo it: then start this again."
