#!/bin/sh
# Builds podform, starts a development cluster, plans and applies this example, and shows what runs.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH='' cd -- "$here/../.." && pwd)

missing=
for tool in cargo cc python3; do
  command -v "$tool" >/dev/null 2>&1 || missing="$missing $tool"
done
if [ -n "$missing" ]; then
  echo "missing:$missing" >&2
  echo "podform is built with cargo and a C compiler (cc); this example's web server is python3." >&2
  exit 1
fi

cargo build --locked --manifest-path "$root/Cargo.toml" -p podform -p podform-provider-mesos
podform="${CARGO_TARGET_DIR:-$root/target}/debug/podform"
chmod 600 "$here/secrets.hcl"

# Another build of the plugins has other checksums.
"$podform" -chdir="$here" init -upgrade
"$podform" -chdir="$here" apply -dev -auto-approve
"$podform" -chdir="$here" status -dev
echo
echo "Open one of these addresses:"
"$podform" -chdir="$here" output -json guestbook |
  python3 -c 'import json,sys; [print("  http://" + a + "/") for a in json.load(sys.stdin)]'
echo
echo "Then try:"
echo "  $podform -chdir=$here plan -dev -var replicas=3"
echo "  $podform -chdir=$here logs -dev guestbook/writer"
echo "  $podform -chdir=$here destroy -dev"
echo "  $podform dev down"
