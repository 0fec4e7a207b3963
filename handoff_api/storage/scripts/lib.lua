-- Shared by every script. KEYS are keys.script_keys(cid); ARGV[1] is the conversation id.
local conv, log, seen, turns, outbox, feed = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local index = {bot = KEYS[7], queue = KEYS[8], agent = KEYS[9], closed = KEYS[10]}
local cid = ARGV[1]
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local moved = '0' -- did the queue change

local function get(field) return redis.call('HGET', conv, field) or '' end
local function num(field) return tonumber(redis.call('HGET', conv, field) or '0') end
local function set(...) redis.call('HSET', conv, ...) end

-- Put the conversation on the turn stream, at most once.
local function schedule_turn()
  if get('turn') == '' then set('turn', redis.call('XADD', turns, '*', 'c', cid)) end
end

local function schedule_delivery()
  if get('channel') ~= 'widget' and get('delivery') == '' then
    set('delivery', redis.call('XADD', outbox, '*', 'c', cid))
  end
end

-- Append one event. tag: c = message of the contact, r = for the contact to read, d = a messaging app's contact is
-- told of it, o = other.
local function append(tag, body)
  local seq = redis.call('HINCRBY', conv, 'seq', 1)
  redis.call('XADD', log, seq .. '-0', 'at', now, 'b', body)
  set('updated_at', now)
  if tag == 'c' then set('contact_seq', seq, 'last', body, 'last_at', now, 'said', body) end
  if tag == 'r' then
    set('deliver_seq', seq, 'last', body, 'last_at', now)
    schedule_delivery()
  end
  if tag == 'd' then
    set('deliver_seq', seq)
    schedule_delivery()
  end
  return seq
end

-- Change the owner: a new epoch; a turn that was under way belongs to the old one.
local function give(owner)
  local old = get('owner')
  local score = now
  if owner == 'queue' then
    if get('queued_at') == '' then set('queued_at', now) end
    score = num('queued_at')
  elseif owner ~= 'agent' then
    redis.call('HDEL', conv, 'queued_at')
  end
  if old == 'queue' or owner == 'queue' then moved = '1' end
  if index[old] then redis.call('ZREM', index[old], cid) end
  redis.call('ZADD', index[owner], score, cid)
  redis.call('HDEL', conv, 'turn_end')
  if owner ~= 'agent' then redis.call('HDEL', conv, 'agent_id', 'agent_name') end
  set('owner', owner)
  return redis.call('HINCRBY', conv, 'epoch', 1)
end

-- The turn of this entry is over: drop the entry, and put the conversation back if more is unanswered.
local function finish_turn(entry)
  redis.call('XACK', turns, 'workers', entry)
  redis.call('XDEL', turns, entry)
  if get('turn') == entry then
    redis.call('HDEL', conv, 'turn', 'turn_end')
    if get('owner') == 'bot' and num('contact_seq') > num('bot_cursor') then schedule_turn() end
  end
end

local function finish_delivery(entry)
  redis.call('XACK', outbox, 'senders', entry)
  redis.call('XDEL', outbox, entry)
  if get('delivery') == entry then
    redis.call('HDEL', conv, 'delivery')
    if num('deliver_seq') > num('sent_cursor') then schedule_delivery() end
  end
end

-- Tell the sockets that the conversation moved.
local function announce()
  redis.call('XADD', feed, 'MAXLEN', '~', 4000, '*', 'c', cid, 's', get('seq'), 'q', moved)
end

-- ARGV from position i on: a count n, then n pairs of tag and body. Returns the position after them and the last seq.
local function append_all(i)
  local last = num('seq')
  local n = tonumber(ARGV[i])
  for k = 0, n - 1 do last = append(ARGV[i + 1 + 2 * k], ARGV[i + 2 + 2 * k]) end
  return i + 1 + 2 * n, last
end

-- ARGV from position i on: a count n, then n pairs of field and value; an empty value deletes the field.
local function patch_all(i)
  local n = tonumber(ARGV[i])
  for k = 0, n - 1 do
    local field, value = ARGV[i + 1 + 2 * k], ARGV[i + 2 + 2 * k]
    if value == '' then redis.call('HDEL', conv, field) else set(field, value) end
  end
  return i + 1 + 2 * n
end

local function refusal(why)
  return {why, num('seq'), get('owner'), num('epoch'), get('agent_id'), get('agent_name')}
end
