-- Fix what this turn answers: everything after bot_cursor up to now; asked again, the same. ARGV: cid, entry.
local entry = ARGV[2]
if get('owner') ~= 'bot' or get('turn') ~= entry or num('contact_seq') <= num('bot_cursor') then
  finish_turn(entry)
  return {'nothing'}
end
local last = get('turn_end')
if last == '' then
  last = get('seq')
  set('turn_end', last)
end
local from = num('bot_cursor')
return {'turn', num('epoch'), from, tonumber(last), redis.call('XRANGE', log, (from + 1) .. '-0', last .. '-0'),
        redis.call('HGETALL', conv)}
