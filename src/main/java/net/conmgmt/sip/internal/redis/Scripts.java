package net.conmgmt.sip.internal.redis;

import io.lettuce.core.ScriptOutputType;

/**
 * The atomic steps of the directory, in Lua. Numbers of microseconds have 16 digits, which a double
 * holds exactly but which Lua prints in full only when asked to.
 */
final class Scripts {

  static final Script CLAIM =
      new Script(
          ScriptOutputType.MULTI,
          """
      -- KEYS[1] the user's hash
      -- ARGV 1 instance, 2 node, 3 incarnation, 4 flow, 5 authenticated 0|1, 6 contact, 7 lifetime in us,
      --      8 own 0|1, 9 stamp in us, 10 epoch that may be passed over, 11 doubt of the stamp in us,
      --      12 how long an epoch is kept in us, 13 devices at most, 14 beginning of the channels' names,
      --      15 address-of-record
      -- Gives verdict, epoch in force, now, the former value or ''.
      local t = redis.call('TIME')
      local now = t[1] * 1000000 + t[2]
      local function text(n) return string.format('%.0f', n) end
      local old = redis.call('HGET', KEYS[1], ARGV[1])
      local epoch0, node0, flow0, auth0, until0 = 0, '', '', '0', 0
      if old then
        local e, n, _, f, a, u = string.match(old, '^(%d+)|([^|]*)|(%d+)|([^|]*)|(%d)|(%d+)|')
        epoch0, node0, flow0, auth0, until0 = tonumber(e), n, f, a, tonumber(u)
      end
      local mine = old and node0 == ARGV[2] and flow0 == ARGV[4]
      local stamp = tonumber(ARGV[9])
      local epoch = epoch0
      if not mine then
        local newer
        if ARGV[8] == '1' then
          newer = epoch0 >= stamp
        else
          -- An epoch that is still to come is from before this server's clock was set back.
          newer = epoch0 - stamp > tonumber(ARGV[11]) and epoch0 <= now
          stamp = math.min(stamp, now)
        end
        if old and newer then
          return {'NEWER', text(epoch0), text(now), old}
        end
        epoch = math.max(stamp, epoch0 + 1)
      end
      if not mine and auth0 == '1' and ARGV[5] == '0' and until0 > now and node0 ~= ARGV[2]
          and epoch0 ~= tonumber(ARGV[10]) then
        return {'KEPT', text(epoch0), text(now), old}
      end
      if not old and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[13]) then
        local all = redis.call('HGETALL', KEYS[1])
        local left = 0
        for i = 1, #all, 2 do
          local u = string.match(all[i + 1], '^%d+|[^|]*|%d+|[^|]*|%d|(%d+)|')
          if tonumber(u) > now then
            left = left + 1
          else
            redis.call('HDEL', KEYS[1], all[i])
          end
        end
        if left >= tonumber(ARGV[13]) then
          return {'FULL', '0', text(now), ''}
        end
      end
      local lifetime = tonumber(ARGV[7])
      redis.call('HSET', KEYS[1], ARGV[1], table.concat({
        text(epoch), ARGV[2], ARGV[3], ARGV[4], ARGV[5], text(now + lifetime), ARGV[6]}, '|'))
      local keep = math.ceil((lifetime + tonumber(ARGV[12])) / 1000)
      if redis.call('PTTL', KEYS[1]) < keep then
        redis.call('PEXPIRE', KEYS[1], text(keep))
      end
      if old and node0 ~= '' and node0 ~= ARGV[2] then
        redis.call('PUBLISH', ARGV[14] .. node0, table.concat({
          text(epoch), ARGV[2], #ARGV[15], ARGV[15] .. ARGV[1]}, '|'))
      end
      return {'GRANTED', text(epoch), text(now), old or ''}
      """);

  static final Script RELEASE =
      new Script(
          ScriptOutputType.INTEGER,
          """
      -- KEYS[1] the user's hash
      -- ARGV 1 instance, 2 node, 3 flow, 4 epoch or 0, 5 how long the epoch is kept in us
      -- Gives 1 where the entry was taken out. Its epoch stays for a while, so that no older claim of
      -- another proxy brings the endpoint back.
      local old = redis.call('HGET', KEYS[1], ARGV[1])
      if not old then return 0 end
      local epoch, node, flow = string.match(old, '^(%d+)|([^|]*)|%d+|([^|]*)|')
      if node ~= ARGV[2] or flow ~= ARGV[3] or (ARGV[4] ~= '0' and ARGV[4] ~= epoch) then return 0 end
      local t = redis.call('TIME')
      local keep = tonumber(ARGV[5])
      local ends = t[1] * 1000000 + t[2] + keep
      redis.call('HSET', KEYS[1], ARGV[1], epoch .. '||0||0|' .. string.format('%.0f', ends) .. '|')
      keep = math.ceil(keep / 1000)
      if redis.call('PTTL', KEYS[1]) < keep then
        redis.call('PEXPIRE', KEYS[1], string.format('%.0f', keep))
      end
      return 1
      """);

  static final Script LEASE =
      new Script(
          ScriptOutputType.MULTI,
          """
      -- KEYS[1] the sorted set of leases: members "node incarnation", scores the end in us
      -- ARGV 1 join|renew|leave, 2 node, 3 incarnation, 4 lease in us
      -- Gives incarnation (0 where the lease has lapsed), now, 1 where another incarnation was ended, and
      -- all leases.
      local t = redis.call('TIME')
      local now = t[1] * 1000000 + t[2]
      local function text(n) return string.format('%.0f', n) end
      local member = ARGV[2] .. ' ' .. ARGV[3]
      local incarnation, over = 0, 0
      if ARGV[1] == 'leave' then
        redis.call('ZREM', KEYS[1], member)
      elseif ARGV[1] == 'renew' then
        local ends = redis.call('ZSCORE', KEYS[1], member)
        if ends and tonumber(ends) > now then
          redis.call('ZADD', KEYS[1], text(now + ARGV[4]), member)
          incarnation = ARGV[3]
        end
      else
        local next = now
        local all = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
        for i = 1, #all, 2 do
          local node, other = string.match(all[i], '^(.*) (%d+)$')
          if node == ARGV[2] then
            if all[i] ~= member and tonumber(all[i + 1]) > now then over = 1 end
            next = math.max(next, tonumber(other) + 1)
            redis.call('ZREM', KEYS[1], all[i])
          elseif tonumber(all[i + 1]) < now - 3600000000 then
            redis.call('ZREM', KEYS[1], all[i])
          end
        end
        incarnation = text(next)
        redis.call('ZADD', KEYS[1], text(now + ARGV[4]), ARGV[2] .. ' ' .. incarnation)
      end
      local result = {tostring(incarnation), text(now), tostring(over)}
      for _, word in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')) do
        result[#result + 1] = word
      end
      return result
      """);

  private Scripts() {}
}
