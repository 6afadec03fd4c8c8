// node run_onnxruntime.js FILE.onnx...: runs each on the inputs of FILE.json and compares with the outputs there. Prints
// "FILE ERROR" where the error, as a part of 1 + the largest |y|, is beyond 1e-5, and in the end "worst ERROR". NODE_PATH leads to
// onnxruntime-node.
'use strict';
const fs = require('fs');
const ort = require('onnxruntime-node');

async function errorOf(file) {
  const wanted = JSON.parse(fs.readFileSync(file.replace(/\.onnx$/, '.json'), 'utf8'));
  const session = await ort.InferenceSession.create(file, {intraOpNumThreads: 1, logSeverityLevel: 3});
  const feeds = {};
  for (const [name, x] of Object.entries(wanted.inputs)) feeds[name] = new ort.Tensor('float32', Float32Array.from(x.values), x.sizes);
  const got = await session.run(feeds);
  let most = 0, worst = 0;
  for (const [name, y] of Object.entries(wanted.outputs)) {
    if (!got[name] || got[name].dims.join() !== y.sizes.join()) return Infinity;
    got[name].data.forEach((value, i) => {
      const apart = Math.abs(value - y.values[i]);
      if (!(apart <= worst)) worst = apart;
      most = Math.max(most, Math.abs(y.values[i]));
    });
  }
  await session.release();
  return worst / (1 + most);
}

(async () => {
  let worst = 0;
  for (const file of process.argv.slice(2)) {
    const error = await errorOf(file);
    if (!(error <= 1e-5)) console.log(`${file} ${error}`);
    if (!(error <= worst)) worst = error;
  }
  console.log(`worst ${worst}`);
})().catch(error => {
  console.log(String(error));
  process.exit(1);
});
