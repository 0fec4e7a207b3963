-- Accept one message of the contact, once. ARGV: cid, idempotency key, body of the message, body of the reopening.
if redis.call('EXISTS', conv) == 0 then return {'unknown'} end
local prior = redis.call('HGET', seen, ARGV[2])
if prior then return {'duplicate', tonumber(prior), get('owner'), num('epoch')} end
if get('owner') == 'closed' then
  set('bot_cursor', append('o', ARGV[4]))
  give('bot')
end
local seq = append('c', ARGV[3])
redis.call('HSET', seen, ARGV[2], seq)
if get('owner') == 'bot' then schedule_turn() end
announce()
return {'ok', seq, get('owner'), num('epoch')}
