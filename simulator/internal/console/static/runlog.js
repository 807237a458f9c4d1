// What a training reports in its log.

const report = /\bstep (\d+)\/(\d+) loss ([\d.]+) tokens\/s ([\d.]+)/;

/** Returns the steps with loss and throughput, and the total number of steps. Within a run, steps are ascending. */
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
