// What a training reports of itself in its log.

const report = /\bstep (\d+)\/(\d+) loss ([\d.]+) tokens\/s ([\d.]+)/;

/** Steps, with loss and throughput at each, and how many there will be. The lines of one run have rising steps. */
export function readLog(lines) {
  const run = { steps: [], loss: [], throughput: [], all: 0 };
  for (const line of lines) {
    const [, step, all, loss, throughput] = report.exec(line) ?? [];
    if (step === undefined) continue;
    run.steps.push(Number(step));
    run.loss.push(Number(loss));
    run.throughput.push(Number(throughput));
    run.all = Number(all);
  }
  return run;
}
