#!/bin/sh
# Writes jobs.json: a thousand small jobs, always the same ones.
set -eu
cd -- "$(dirname -- "$0")"
awk 'BEGIN {
  split("thumbnails invoices reports exports", queues, " ")
  split("low normal high", priorities, " ")
  print "["
  for (i = 0; i < 1000; i++)
    printf "  { \"name\": \"job-%03d\", \"queue\": \"%s\", \"priority\": \"%s\", \"cpus\": %.2f, \"mem\": %d }%s\n",
      i, queues[i % 4 + 1], priorities[i % 3 + 1], 0.05 * (i % 4 + 1), 32 * (i % 2 + 1), i < 999 ? "," : ""
  print "]"
}' > jobs.json
