// Stands in for a worker process that registers, is ready, and then does nothing and hears nothing.
const record = { name: 'embedded', addr: 'grpc://127.0.0.1:1', epoch: process.pid };
if (process.argv[2]?.includes('"engine":"tone"') === true) {
  process.send?.({ type: 'register', record });
  process.send?.({ type: 'ready', addr: record.addr });
}
setInterval(() => {}, 1000);
