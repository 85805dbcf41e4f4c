// npm run decode:report [folder]: precision and recall of the decoders over a folder of captures.
await import('../dist/bench/captures/main.js');
