%% Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
%%
%% Birth and death of processes, and what a waiting one takes.
-module(bench_spawn).
-export([spawn_exit/1, spawn_alive/1, process_fib/1]).

spawn_exit(P) ->
    N = bench:param(n, P, 1000000),
    Alive = bench:param(alive, P, 10000),
    T0 = bench:now_ns(),
    N = batches(N, Alive, 0),
    {[{spawns, "spawns/s", N / bench:seconds_since(T0)}], N}.

batches(0, _, Done) -> Done;
batches(N, Alive, Done) ->
    K = min(N, Alive),
    spawn_monitored(K),
    batches(N - K, Alive, Done + downs(K, 0)).

spawn_monitored(0) -> ok;
spawn_monitored(K) ->
    spawn_monitor(fun() -> ok end),
    spawn_monitored(K - 1).

downs(0, Count) -> Count;
downs(K, Count) -> receive {'DOWN', _, process, _, normal} -> downs(K - 1, Count + 1) end.

spawn_alive(P) ->
    N = bench:param(n, P, 200000),
    erlang:garbage_collect(),
    Before = bench:rss(),
    T0 = bench:now_ns(),
    Pids = [spawn(fun idle/0) || _ <- lists:seq(1, N)],
    S = bench:seconds_since(T0),
    timer:sleep(300),
    After = bench:rss(),
    Me = self(),
    lists:foreach(fun(Pid) -> Pid ! {ping, Me} end, Pids),
    N = bench:count_messages(pong, N),
    lists:foreach(fun(Pid) -> Pid ! stop end, Pids),
    {[{spawns, "spawns/s", N / S}, {bytes, "B/process", (After - Before) / N}], N}.

idle() -> receive {ping, From} -> From ! pong, idle(); stop -> ok end.

%% A process for every call of a doubly recursive fib.
process_fib(P) ->
    N = bench:param(n, P, 25),
    Me = self(),
    T0 = bench:now_ns(),
    spawn(fun() -> fib(N, Me) end),
    F = receive {fib, X} -> X end,
    S = bench:seconds_since(T0),
    F = bench:fib(N),
    {[{processes, "processes/s", (2 * F - 1) / S}], F}.

fib(N, Parent) when N =< 2 -> Parent ! {fib, 1};
fib(N, Parent) ->
    Me = self(),
    spawn(fun() -> fib(N - 1, Me) end),
    spawn(fun() -> fib(N - 2, Me) end),
    A = receive {fib, X} -> X end,
    B = receive {fib, Y} -> Y end,
    Parent ! {fib, A + B}.
