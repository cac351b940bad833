%% Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
%%
%% Messages: how fast they go from one process to another, alone, in crowds, and with something in them.
-module(bench_messages).
-export([ring/1, pingpong/1, fan_in/1, counting/1, all_to_all/1, big/1, chameneos/1, payload/2]).

ring(P) ->
    Procs = bench:param(procs, P, 1000),
    Hops = bench:param(hops, P, 5000000),
    Me = self(),
    First = spawn(fun() -> ring_start(1, Me) end),
    Last = lists:foldl(
             fun(Id, Previous) ->
                     Pid = spawn(fun() -> ring_start(Id, Me) end),
                     Previous ! {next, Pid},
                     Pid
             end, First, lists:seq(2, Procs)),
    Last ! {next, First},
    timer:sleep(50),
    T0 = bench:now_ns(),
    First ! Hops,
    Id = receive {ring_done, I} -> I end,
    S = bench:seconds_since(T0),
    Id = (Hops rem Procs) + 1,
    {[{hops, "hops/s", Hops / S}], Id}.

ring_start(Id, Main) -> receive {next, Next} -> ring_loop(Id, Next, Main) end.
ring_loop(Id, Next, Main) ->
    receive
        0 -> Main ! {ring_done, Id};
        K -> Next ! K - 1, ring_loop(Id, Next, Main)
    end.

pingpong(P) ->
    N = bench:param(n, P, 2000000),
    Ponger = spawn(fun bench:ponger/0),
    T0 = bench:now_ns(),
    N = pinger(N, Ponger, 0),
    {[{round_trips, "round trips/s", N / bench:seconds_since(T0)}], N}.

pinger(0, _, Count) -> Count;
pinger(N, Ponger, Count) ->
    Ponger ! {ping, self()},
    receive pong -> pinger(N - 1, Ponger, Count + 1) end.

fan_in(P) ->
    Senders = bench:param(senders, P, 100),
    Each = bench:param(each, P, 20000),
    Me = self(),
    Receiver = spawn(fun() ->
                             receive go -> ok end,
                             Me ! {fan_done, fan_receive(Senders * Each, 0)}
                     end),
    Pids = [spawn(fun() -> receive go -> fan_send(Receiver, I, Each) end end) || I <- lists:seq(1, Senders)],
    timer:sleep(50),
    T0 = bench:now_ns(),
    Receiver ! go,
    lists:foreach(fun(Pid) -> Pid ! go end, Pids),
    Sum = receive {fan_done, X} -> X end,
    S = bench:seconds_since(T0),
    Sum = Senders * (Each * (Each + 1) div 2),
    {[{messages, "messages/s", Senders * Each / S}], Sum}.

fan_receive(0, Sum) -> Sum;
fan_receive(N, Sum) -> receive {msg, _, K} -> fan_receive(N - 1, Sum + K) end.
fan_send(_, _, 0) -> ok;
fan_send(Receiver, I, K) -> Receiver ! {msg, I, K}, fan_send(Receiver, I, K - 1).

counting(P) ->
    N = bench:param(n, P, 5000000),
    Counter = spawn(fun() -> counter(0) end),
    T0 = bench:now_ns(),
    count_up(N, Counter),
    Counter ! {get, self()},
    N = receive {count, X} -> X end,
    {[{messages, "messages/s", N / bench:seconds_since(T0)}], N}.

counter(N) -> receive inc -> counter(N + 1); {get, From} -> From ! {count, N} end.
count_up(0, _) -> ok;
count_up(N, Counter) -> Counter ! inc, count_up(N - 1, Counter).

all_to_all(P) ->
    N = bench:param(procs, P, 500),
    Rounds = bench:param(rounds, P, 10),
    Me = self(),
    Pids = [spawn(fun() -> receive {peers, All} -> everyone_idle(Me, All -- [self()], N - 1) end end)
            || _ <- lists:seq(1, N)],
    lists:foreach(fun(Pid) -> Pid ! {peers, Pids} end, Pids),
    timer:sleep(200),
    T0 = bench:now_ns(),
    lists:foreach(fun(_) ->
                          lists:foreach(fun(Pid) -> Pid ! go end, Pids),
                          N = bench:count_messages(round_done, N)
                  end, lists:seq(1, Rounds)),
    S = bench:seconds_since(T0),
    Messages = 2 * N * (N - 1) * Rounds,
    {[{messages, "messages/s", Messages / S}], Messages}.

everyone_idle(Main, Peers, N) ->
    receive go ->
            Me = self(),
            lists:foreach(fun(Pid) -> Pid ! {ping, Me} end, Peers),
            everyone(Main, Peers, N, N, N)
    end.
everyone(Main, Peers, N, 0, 0) -> Main ! round_done, everyone_idle(Main, Peers, N);
everyone(Main, Peers, N, Pings, Pongs) ->
    receive
        {ping, From} -> From ! {pong, self()}, everyone(Main, Peers, N, Pings - 1, Pongs);
        {pong, _} -> everyone(Main, Peers, N, Pings, Pongs - 1)
    end.

%% Savina "big": each actor pings one drawn at random, and answers whoever pings it.
big(P) ->
    Pings = bench:param(pings, P, 20000),
    Actors = bench:param(actors, P, 120),
    Me = self(),
    Pids = [spawn(fun() -> receive {peers, All} -> big_start(Me, All, Actors, Pings, I * 7919 + 1) end end)
            || I <- lists:seq(1, Actors)],
    All = list_to_tuple(Pids),
    T0 = bench:now_ns(),
    lists:foreach(fun(Pid) -> Pid ! {peers, All} end, Pids),
    Actors = bench:count_messages(big_done, Actors),
    S = bench:seconds_since(T0),
    lists:foreach(fun(Pid) -> Pid ! stop end, Pids),
    Messages = 2 * Actors * Pings,
    {[{messages, "messages/s", Messages / S}], Messages}.

big_start(Main, All, Actors, N, Seed) ->
    X = bench:lcg(Seed),
    big_ping(All, Actors, X),
    big_loop(Main, All, Actors, N, X).
big_ping(All, Actors, X) -> element((X bsr 8) rem Actors + 1, All) ! {ping, self()}.
big_loop(Main, All, Actors, N, X) ->
    receive
        {ping, From} -> From ! pong, big_loop(Main, All, Actors, N, X);
        pong when N > 1 ->
            X1 = bench:lcg(X),
            big_ping(All, Actors, X1),
            big_loop(Main, All, Actors, N - 1, X1);
        pong -> Main ! big_done, big_loop(Main, All, Actors, 0, X);
        stop -> ok
    end.

%% Savina "chameneos": the mall pairs two; the first of them tells the second its new colour.
chameneos(P) ->
    N = bench:param(chameneos, P, 100),
    Meetings = bench:param(meetings, P, 1000000),
    Me = self(),
    T0 = bench:now_ns(),
    Mall = spawn(fun() -> mall(Meetings, none, 0, N, 0, Me) end),
    [spawn(fun() -> creature(Mall, I rem 3, 0) end) || I <- lists:seq(0, N - 1)],
    Sum = receive {mall_done, X} -> X end,
    S = bench:seconds_since(T0),
    Sum = 2 * Meetings,
    {[{meetings, "meetings/s", Meetings / S}], Sum}.

mall(_, _, N, N, Sum, Main) -> Main ! {mall_done, Sum};
mall(Left, Waiting, Faded, N, Sum, Main) ->
    receive
        {meet, Colour, Pid} when Left > 0 ->
            case Waiting of
                none -> mall(Left, Pid, Faded, N, Sum, Main);
                First -> First ! {meet, Colour, Pid}, mall(Left - 1, none, Faded, N, Sum, Main)
            end;
        {meet, _, Pid} -> Pid ! exit, mall(Left, Waiting, Faded, N, Sum, Main);
        {count, K} -> mall(Left, Waiting, Faded + 1, N, Sum + K, Main)
    end.

creature(Mall, Colour, Count) ->
    Mall ! {meet, Colour, self()},
    receive
        {meet, Other, Pid} ->
            New = complement(Colour, Other),
            Pid ! {change, New},
            creature(Mall, New, Count + 1);
        {change, New} -> creature(Mall, New, Count + 1);
        exit -> Mall ! {count, Count}
    end.
complement(Colour, Colour) -> Colour;
complement(A, B) -> 3 - A - B.

payload(Kind, P) ->
    N = bench:param(n, P, 500000),
    {Data, Bytes} = case Kind of
                        tuple -> {list_to_tuple([{I, [I + 1, I + 2, {I + 3, I + 4}]} || I <- lists:seq(1, 100, 5)]), 800};
                        Size -> {binary:copy(<<7>>, Size), Size}
                    end,
    Echo = spawn(fun echo_loop/0),
    T0 = bench:now_ns(),
    echo(N, Echo, Data),
    S = bench:seconds_since(T0),
    {[{round_trips, "round trips/s", N / S}, {bandwidth, "MB/s", 2 * N * Bytes / S / 1.0e6}], N}.

echo_loop() -> receive {From, Data} -> From ! {self(), Data}, echo_loop() end.
echo(0, _, _) -> ok;
echo(N, Echo, Data) ->
    Echo ! {self(), Data},
    receive {Echo, Back} -> ok = same(Data, Back), echo(N - 1, Echo, Data) end.
same(A, B) when is_binary(A), byte_size(A) =:= byte_size(B) -> ok;
same(A, B) when is_tuple(A), element(1, A) =:= element(1, B) -> ok.
