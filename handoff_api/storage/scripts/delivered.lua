-- Move the sent cursor, once and forwards. ARGV: cid, entry, seq sent, finished (1 or 0), events.
local entry, seq = ARGV[2], tonumber(ARGV[3])
if get('delivery') ~= entry then return {'refused'} end
if seq > num('sent_cursor') then set('sent_cursor', seq) end
if tonumber(ARGV[5]) > 0 then
  append_all(5)
  announce()
end
if ARGV[4] == '1' then finish_delivery(entry) end
return {'ok'}
