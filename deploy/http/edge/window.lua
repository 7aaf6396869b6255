-- Sliding windows: all checks that wait in a process, in one call.
-- A window begins with its first request; of the one before counts what still overlaps, rounded up.
-- ARGV: checks; for each its number of keys; for each key its quota and its window in ms.
-- Answers for each check: allowed, which of its keys is the tightest, what is left, and how many ms
-- until its window ends, or, where none is left, until a place is free.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local answer, key, arg = {}, 1, 2
for _ = 1, tonumber(ARGV[1]) do
  local count = tonumber(ARGV[arg])
  arg = arg + 1
  local allowed, tight, left, reset = 1, 1, nil, 0
  local states = {}
  for i = 1, count do
    local quota, window = tonumber(ARGV[arg]), tonumber(ARGV[arg + 1])
    arg = arg + 2
    local start, current, before = now, 0, 0
    local kept = redis.call('GET', KEYS[key])
    if kept then
      local s, c, b = string.match(kept, '(%d+):(%d+):(%d+)')
      s, c, b = tonumber(s), tonumber(c), tonumber(b)
      if now < s + window then
        start, current, before = s, c, b
      elseif now < s + 2 * window then
        start, before = s + window, c
      end
    end
    local free = quota - current - math.ceil(before * (window - (now - start)) / window)
    if left == nil or free < left then
      tight, left, reset = i, free, start + window - now
      if free <= 0 then
        -- Until a place is free: as what is before weighs less, else in the next window.
        if current < quota then
          reset = start + math.ceil(window * (1 - (quota - 1 - current) / before)) - now
        else
          reset = start + window + math.ceil(window * (1 - (quota - 1) / current)) - now
        end
      end
    end
    if free <= 0 then allowed = 0 end
    states[i] = {KEYS[key], start, current, before, window}
    key = key + 1
  end
  if allowed == 1 then
    left = left - 1
    for _, s in ipairs(states) do
      local value = string.format('%d:%d:%d', s[2], s[3] + 1, s[4])
      redis.call('SET', s[1], value, 'PX', 2 * s[5])
    end
  end
  local n = #answer
  answer[n + 1], answer[n + 2], answer[n + 3], answer[n + 4] = allowed, tight, math.max(left, 0), reset
end
return answer
