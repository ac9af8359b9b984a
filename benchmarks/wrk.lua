-- Sends prepared requests, each once: lines of "signature TAB body" in the file named by REQUESTS.
local requests = {}
local next_request = 0

function init(args)
  local path = os.getenv("REQUEST_PATH")
  local headers = {
    ["Content-Type"] = "application/json",
    ["X-ConvertOS-Connection-Id"] = os.getenv("CONNECTION_ID"),
  }
  for line in io.lines(os.getenv("REQUESTS")) do
    local signature, body = line:match("^(%x+)\t(.*)$")
    headers["X-ConvertOS-Signature"] = signature
    requests[#requests + 1] = wrk.format("POST", path, headers, body)
  end
end

function request()
  next_request = next_request % #requests + 1
  return requests[next_request]
end

function done(summary, latency, requests)
  io.write(string.format("RESULT %d %d %d %.3f %.3f %.3f\n", summary.requests, summary.duration,
    summary.errors.status + summary.errors.timeout + summary.errors.read + summary.errors.write,
    latency:percentile(50) / 1000, latency:percentile(95) / 1000, latency:percentile(99) / 1000))
end
