// `npm run bench`: measures the webhook; the benches themselves are in bench/.
import '../bench/bench.ts'
