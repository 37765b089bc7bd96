#!/bin/sh
# Writes jobs.csv: a thousand small jobs, always the same ones.
set -eu
cd -- "$(dirname -- "$0")"
awk 'BEGIN {
  split("thumbnails invoices reports exports", queues, " ")
  split("low normal high", priorities, " ")
  print "name,queue,priority,cpus,mem"
  for (i = 0; i < 1000; i++)
    printf "job-%03d,%s,%s,%.2f,%d\n", i, queues[i % 4 + 1], priorities[i % 3 + 1], 0.05 * (i % 4 + 1), 32 * (i % 2 + 1)
}' > jobs.csv
