-- Create a conversation unless it exists. ARGV: cid, fields, events.
if redis.call('EXISTS', conv) == 1 then return refusal('duplicate') end
redis.call('HSET', conv, 'owner', '', 'epoch', 0, 'seq', 0, 'bot_cursor', 0, 'contact_seq', 0, 'started_at', now)
local i = patch_all(2)
local _, last = append_all(i)
give('bot')
set('bot_cursor', last)
announce()
return refusal('ok')
