"""A worker in Python: serves the same name as those in Rust."""

import asyncio
import sys

import asyncgen.remote

URL = sys.argv[1] if len(sys.argv) > 1 else "nats://127.0.0.1:4222"


async def tokens(argument):
    prompt = argument["prompt"]
    made = 0
    print(f'"{prompt}": begins', flush=True)
    try:
        for round in range(1, 21):
            for word in prompt.split(" "):
                await asyncio.sleep(0.05)
                made += 1
                yield {"text": f"{word}-{round}", "worker": "python"}
    finally:
        await asyncio.sleep(0.005)
        print(f'"{prompt}": closed after {made} tokens', flush=True)


asyncio.run(asyncgen.remote.serve(URL, "tokens", tokens, ready=lambda: print("serves", flush=True)))
