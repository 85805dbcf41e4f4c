// npm run decode:report [folder]: precision and recall of the decoders over a folder of captures.
await import('../dist/src/cli/report/main.js');
