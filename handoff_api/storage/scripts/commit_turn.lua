-- Write what the bot decided, unless the conversation changed hands meanwhile.
-- ARGV: cid, entry, turn id, epoch, from, to, next owner ('' stays with the bot), audit body, fields, events.
local entry, turn_id, epoch, from, to = ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
if get('last_turn') == turn_id then
  finish_turn(entry)
  return refusal('duplicate')
end
if get('owner') ~= 'bot' or num('epoch') ~= epoch or num('bot_cursor') ~= from then
  append('o', ARGV[8])
  finish_turn(entry)
  announce()
  return refusal('refused')
end
local i = patch_all(9)
append_all(i)
set('bot_cursor', to, 'last_turn', turn_id)
if ARGV[7] ~= '' then give(ARGV[7]) end
finish_turn(entry)
announce()
return refusal('ok')
