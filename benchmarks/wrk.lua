-- wrk -s wrk.lua URL -- REQUESTS: one request for each line of the file, in turn, and round again at its end.
-- A line is a token, a tab and a body. An answer is good with status 200 and neither errors nor refusals in it.

local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  lines, place, bad, sample = {}, 0, 0, ""
  for line in io.lines(args[1]) do
    table.insert(lines, line)
  end
end

function request()
  place = place % #lines + 1
  local token, body = lines[place]:match("^([^\t]*)\t(.*)$")
  return wrk.format("POST", nil, {
    ["Authorization"] = "Bearer " .. token,
    ["Content-Type"] = "application/json",
    ["Accept"] = "application/json",
  }, body)
end

function response(status, headers, body)
  if status ~= 200 or body:find('"errors":', 1, true) or body:find('"userErrors":[{', 1, true) then
    bad = bad + 1
    if sample == "" then sample = status .. " " .. body:sub(1, 500) end
  end
end

function done(summary, latency, requests)
  local failed, told = 0, ""
  for _, thread in ipairs(threads) do
    failed = failed + thread:get("bad")
    if thread:get("sample") ~= "" then told = thread:get("sample") end
  end
  local e = summary.errors
  print(string.format(
    "measured %d %d %d %d %d",
    summary.requests, summary.duration, failed + e.connect + e.read + e.write + e.timeout,
    latency:percentile(50), latency:percentile(99)
  ))
  if told ~= "" then print("sample " .. told) end
end
