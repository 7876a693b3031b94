// The usual chat with Node: `ws`, and one Redis subscription for the process.
//
//     npm install && REDIS_URL=... node server.js 8000
import { createServer } from "node:http";
import { createClient } from "redis";
import { WebSocketServer } from "ws";

const server = createServer((_, response) => response.end("ok"));
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
const redis = createClient({ url: process.env.REDIS_URL });
await redis.connect();
await redis.subscribe("room", (text) => {
  for (const socket of sockets.clients) socket.send(text);
});
server.listen(Number(process.argv[2]), "127.0.0.1");
