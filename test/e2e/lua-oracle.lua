-- Runs chunks of Lua and prints what they return, in a form that the tests make too. Input: `return { 'code', ... }`.
local NAME = '=lua'
-- Compiled loops are not counted.
jit.off()

local function quote(s)
  return '"' .. s:gsub('[%c"\\\127-\255]', function(c) return ('\\%03d'):format(c:byte()) end) .. '"'
end

local function show(v, depth)
  if type(v) == 'string' then return quote(v) end
  if type(v) == 'number' and v ~= v then return 'nan' end
  if type(v) ~= 'table' then return type(v) == 'function' and 'function' or tostring(v) end
  if depth > 4 then return '{...}' end
  local fields = {}
  for key, value in next, v do fields[#fields + 1] = '[' .. show(key, depth + 1) .. ']=' .. show(value, depth + 1) end
  table.sort(fields)
  return '{' .. table.concat(fields, ', ') .. '}'
end

local function list(first, ...)
  local shown = {}
  for i = 1, select('#', ...) do shown[i] = show((select(i, ...)), 0) end
  return first .. table.concat(shown, ', ')
end

local function outcome(ok, ...)
  if ok then return list('--> ', ...) end
  return list('--! ', (...))
end

-- What a script does to the metatable of texts is undone before anything is shown.
local texts, string = getmetatable(''), string
local function restored(...)
  for event in next, texts do texts[event] = nil end
  texts.__index = string
  return ...
end

local function run(code)
  local chunk = loadstring(code, NAME)
  if not chunk then return '--! syntax' end
  setfenv(chunk, setmetatable({}, {__index = _G}))
  debug.sethook(function() error('too long', 0) end, '', 1e7)
  local text = outcome(restored(pcall(chunk)))
  debug.sethook()
  return text
end

-- What a script does to the library must not reach the next one.
local libraries = {}
for _, name in ipairs{'string', 'math', 'table', 'bit'} do libraries[name] = _G[name] end
local kept = {}
for name, library in pairs(libraries) do
  kept[name] = {}
  for key, value in pairs(library) do kept[name][key] = value end
end
local write, tables = io.write, dofile(arg[1])
for _, code in ipairs(tables) do
  print = function() end
  local text = run(code)
  for name, library in pairs(libraries) do
    for key in pairs(library) do library[key] = kept[name][key] end
    for key, value in pairs(kept[name]) do library[key] = value end
  end
  write(text, '\n')
end
