-- What the contact has not been sent yet on a messaging app. ARGV: cid, entry.
local entry = ARGV[2]
if get('delivery') ~= entry or num('deliver_seq') <= num('sent_cursor') then
  finish_delivery(entry)
  return {'nothing'}
end
return {'deliver', get('address'), num('sent_cursor'),
        redis.call('XRANGE', log, (num('sent_cursor') + 1) .. '-0', '+')}
