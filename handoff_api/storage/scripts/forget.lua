-- Delete a conversation whole, if nobody waits in it and nothing has happened since. ARGV: cid, time in ms.
local owner = get('owner')
local idle = owner == 'closed' or (owner == 'bot' and num('contact_seq') <= num('bot_cursor'))
if not idle or num('updated_at') > tonumber(ARGV[2]) or get('turn') ~= '' or get('delivery') ~= '' then
  return {'kept'}
end
local address = get('address')
redis.call('ZREM', index[owner], cid)
redis.call('UNLINK', conv, log, seen, KEYS[11])
return {'ok', address}
