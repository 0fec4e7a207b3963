-- Every other write: guarded, idempotent, with or without a change of owner.
-- ARGV: cid, idempotency key ('' none), epoch ('' any), allowed owners (comma list, '' any), holder ('' any),
--       next owner ('' stays), agent id, agent name, fields, events.
local key, epoch, allowed, holder, owner = ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
if redis.call('EXISTS', conv) == 0 then return {'unknown'} end
if key ~= '' then
  local prior = redis.call('HGET', seen, key)
  if prior then
    local answer = refusal('duplicate')
    answer[2] = tonumber(prior)
    return answer
  end
end
local present = get('owner')
if allowed ~= '' and not string.find(',' .. allowed .. ',', ',' .. present .. ',', 1, true) then
  return refusal('wrong_owner')
end
if holder ~= '' and get('agent_id') ~= holder then return refusal('not_yours') end
if epoch ~= '' and num('epoch') ~= tonumber(epoch) then return refusal('stale_epoch') end
local i = patch_all(9)
local _, last = append_all(i)
if key ~= '' then redis.call('HSET', seen, key, last) end
if owner ~= '' then
  give(owner)
  if owner == 'agent' then set('agent_id', ARGV[7], 'agent_name', ARGV[8]) end
  if owner == 'bot' then set('bot_cursor', num('seq')) end
end
announce()
local answer = refusal('ok')
answer[2] = last
return answer
